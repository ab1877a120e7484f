"""Where servers are mirrored from, and what each run of that did."""

from django.db import models

from accounts.models import Team
from servers.access import Visibility
from servers.querysets import SourceQuerySet, SourceRunQuerySet


class Source(models.Model):
    """Another registry, a folder or a file whose servers are taken over here."""

    class Kind(models.TextChoices):
        REGISTRY = "registry", "registry (API v0.1)"
        FOLDER = "folder", "folder of documents"
        FILE = "file", "file"
        UPLOAD = "upload", "upload"

    class Conflict(models.TextChoices):
        KEEP = "keep", "ours stays"
        REPLACE = "replace", "the source's replaces ours"

    name = models.SlugField(max_length=50, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    location = models.CharField(
        max_length=2000,
        blank=True,
        help_text="The registry's base URL, or a path under the folder of sources.",
    )
    credential = models.TextField(blank=True, editable=False, help_text="Encrypted bearer token.")
    include = models.JSONField(
        default=list, blank=True, help_text="Patterns of names to take; none: all."
    )
    exclude = models.JSONField(default=list, blank=True, help_text="Patterns of names to leave.")
    latest_only = models.BooleanField(default=False, help_text="Leave earlier versions out.")
    conflict = models.CharField(
        max_length=10,
        choices=Conflict,
        default=Conflict.KEEP,
        help_text="Where a server of this name is here already, and not from this source.",
    )
    prune = models.BooleanField(
        default=True, help_text="Whether what vanished there is deleted here."
    )
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, related_name="sources", help_text="Whose new servers are."
    )
    visibility = models.CharField(
        max_length=10, choices=Visibility, default=Visibility.TEAM, help_text="Of new servers."
    )
    monitored = models.BooleanField(
        default=True, help_text="Whether probes connect to new servers."
    )
    enabled = models.BooleanField(default=True)
    interval_minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text="How often it runs by itself; empty: only when asked."
    )
    created_at = models.DateTimeField(editable=False)

    # How far the mirror has come, and who is at it until when.
    updated_since = models.DateTimeField(null=True, editable=False)
    next_run_at = models.DateTimeField(null=True, blank=True, db_index=True, editable=False)
    succeeded_at = models.DateTimeField(null=True, editable=False)
    last_error = models.CharField(max_length=500, blank=True, editable=False)
    lease_token = models.CharField(max_length=32, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SourceRun(models.Model):
    """One run of a source, asked for, under way or over; or the plan of one (``dry_run``)."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="runs")
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    dry_run = models.BooleanField(default=False, help_text="Says what a run would do.")
    full = models.BooleanField(default=False, help_text="Not only what changed since the last run.")
    force = models.BooleanField(default=False, help_text="Deletes however many vanished.")
    upload = models.BinaryField(
        null=True, editable=False, help_text="The file to read, until the run is over."
    )
    # A run whose process was killed is taken up again, but not for ever.
    attempts = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    error = models.CharField(max_length=500, blank=True)
    counts = models.JSONField(default=dict)
    changes = models.JSONField(default=list, help_text="The first of what was, or would be, done.")
    remarks = models.JSONField(default=list, help_text="The first of what was repaired or refused.")

    objects = SourceRunQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "-id"]
        indexes = [
            models.Index(
                fields=["source", "id"],
                condition=models.Q(outcome__in=["waiting", "running"]),
                name="source_run_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} at {self.requested_at:%Y-%m-%d %H:%M}"
