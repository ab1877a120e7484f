"""Servers, their versions and the words people find and mark them by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Value
from django.db.models.functions import Concat, Left, Lower, Replace, StrIndex
from django.urls import reverse

from accounts.models import Team
from servers.access import Visibility
from servers.querysets import ServerQuerySet, ServerVersionQuerySet, TagQuerySet

if TYPE_CHECKING:
    from servers.documents import DocumentFacts


# Characters, as the official registry limits them.
LONGEST_NAME = 200
LONGEST_VERSION = 255
LONGEST_STATUS_MESSAGE = 500


def _look_alike(column: str) -> Any:
    """``column`` with everything that looks alike made equal, as the database computes it."""
    folded: Any = Lower(column)
    for looks_like, this in ((".", "-"), ("_", "-"), ("i", "l"), ("1", "l"), ("0", "o")):
        folded = Replace(folded, Value(looks_like), Value(this))
    return folded


class Transport(models.TextChoices):
    """How a client reaches a server (MCP specification, transports)."""

    STREAMABLE_HTTP = "streamable-http", "Streamable HTTP"
    SSE = "sse", "HTTP+SSE"
    STDIO = "stdio", "stdio (local)"
    NONE = "", "not stated"


class HealthState(models.TextChoices):
    """What the last probes say of a server; the reason in words stands beside it."""

    UNKNOWN = "unknown", "unknown"
    HEALTHY = "healthy", "healthy"
    DEGRADED = "degraded", "degraded"
    AUTH_REQUIRED = "auth_required", "authorization required"
    NOT_MCP = "not_mcp", "not an MCP server"
    WRONG_TRANSPORT = "wrong_transport", "wrong transport"
    UNREACHABLE = "unreachable", "unreachable"
    FLAPPING = "flapping", "flapping"
    LOCAL = "local", "local"
    DISABLED = "disabled", "disabled"


class Tag(models.Model):
    """A word by which people group servers, in lower case."""

    name = models.CharField(max_length=50, unique=True)

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Server(models.Model):
    """One MCP server under one name.

    Its columns repeat what lists filter on; the truth about the server is the document of its
    latest version, the truth about its health is kept by ``healthchecks``, which writes the
    summary here through ``servers.services.record_health_summary``.
    """

    name = models.CharField(
        max_length=LONGEST_NAME, unique=True, help_text="namespace/name, reverse-DNS."
    )
    title = models.CharField(max_length=100, blank=True)
    description = models.TextField(blank=True)
    category = models.CharField(max_length=100, blank=True, db_index=True)
    tags = models.ManyToManyField(Tag, related_name="servers", blank=True)
    website_url = models.URLField(max_length=2000, blank=True)
    repository_url = models.URLField(max_length=2000, blank=True)
    transport = models.CharField(max_length=20, choices=Transport, blank=True, editable=False)
    endpoint_url = models.CharField(max_length=2000, blank=True, editable=False)
    package_types = models.JSONField(
        default=dict, editable=False, help_text='How many packages of which registry: {"npm": 1}.'
    )

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="servers")
    visibility = models.CharField(
        max_length=10,
        choices=Visibility,
        default=Visibility.TEAM,
        help_text="Who sees it: everybody, its team, or who registered it; grants add to that.",
    )
    # What patterns of grants and scopes are compared with: "com.example/clock", "com.example/*".
    name_key = models.GeneratedField(
        expression=Lower("name"),
        output_field=models.CharField(max_length=LONGEST_NAME),
        db_persist=True,
    )
    namespace_key = models.GeneratedField(
        expression=Lower(Concat(Left("name", StrIndex("name", Value("/"))), Value("*"))),
        output_field=models.CharField(max_length=201),
        db_persist=True,
    )

    # Two names with one such key would look alike; `servers.documents.look_alike_key` is the same.
    look_alike_key = models.GeneratedField(
        expression=_look_alike("name"),
        output_field=models.CharField(max_length=LONGEST_NAME),
        db_persist=True,
    )

    enabled = models.BooleanField(
        default=True, help_text="A disabled server is there only for those who may edit it."
    )
    published = models.BooleanField(
        default=True,
        editable=False,
        help_text="Whether a version is approved; until then those who edit or review it see it.",
    )
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    # What a source deleted, it may bring back; what a person deleted, people alone.
    deleted_by_source = models.BooleanField(default=False, editable=False)
    monitored = models.BooleanField(default=True, help_text="Whether probes connect to it.")
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, editable=False
    )
    contact = models.CharField(
        max_length=200, blank=True, help_text="Whom to ask: an address, a channel, a name."
    )
    runbook_url = models.URLField(max_length=2000, blank=True)
    labels = models.JSONField(default=dict, blank=True, help_text="An object of short strings.")
    successor = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="predecessors",
        help_text="What to use instead of it.",
    )
    source = models.ForeignKey(
        "servers.Source",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="servers",
        editable=False,
        help_text="Where it is mirrored from.",
    )
    pinned = models.BooleanField(
        default=False, help_text="Whether its source leaves it as it is from now on."
    )
    features_listed_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text="When its tools were first listed: what drifts, drifts from there.",
    )
    prompts_listed_at = models.DateTimeField(
        null=True, editable=False, help_text="The same of its prompts."
    )
    resources_listed_at = models.DateTimeField(
        null=True, editable=False, help_text="The same of its resources."
    )

    # Grows with every change of what is found by search, in the transaction of that change.
    revision = models.PositiveBigIntegerField(default=1, editable=False)
    # Grows with every change a person can make: what an edit is based on (its ETag).
    edition = models.PositiveBigIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    health_state = models.CharField(
        max_length=20, choices=HealthState, default=HealthState.UNKNOWN, editable=False
    )
    health_reason = models.CharField(max_length=500, blank=True, editable=False)
    health_since = models.DateTimeField(null=True, editable=False)
    health_checked_at = models.DateTimeField(null=True, editable=False)
    health_latency_ms = models.FloatField(null=True, editable=False)

    objects = ServerQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            # Names that differ only in case would look alike to every person who reads them.
            models.UniqueConstraint(fields=["name_key"], name="server_name_unique_ignoring_case"),
        ]
        indexes = [
            models.Index(fields=["health_state", "name"], name="server_health"),
            models.Index(fields=["namespace_key"], name="server_namespace"),
            models.Index(fields=["look_alike_key"], name="server_look_alike"),
            models.Index(fields=["updated_at", "name"], name="server_updated"),
            models.Index(fields=["created_at", "name"], name="server_created"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def display_title(self) -> str:
        """The title, or the last part of the name where there is none."""
        return self.title or self.name.rpartition("/")[2]

    def get_absolute_url(self) -> str:
        return reverse("server", args=[self.name])

    def take_facts(self, facts: DocumentFacts) -> None:
        """Repeat what a document says in the columns; the caller saves."""
        self.title = facts.title
        self.description = facts.description
        self.website_url = facts.website_url
        self.repository_url = facts.repository_url
        self.transport = facts.transport
        self.endpoint_url = facts.endpoint_url
        self.package_types = facts.package_types

    @property
    def latest_version(self) -> ServerVersion:
        """The version marked as latest, of which every server has one.

        No query after ``with_latest_version``; the answer is then as old as that query.
        """
        fetched: list[ServerVersion] = getattr(self, "fetched_latest", [])
        return fetched[0] if fetched else self.versions.get(is_latest=True)


class ReviewState(models.TextChoices):
    """How far a version is on its way into the catalogue."""

    DRAFT = "draft", "draft"
    PENDING = "pending", "awaiting review"
    APPROVED = "approved", "approved"
    REJECTED = "rejected", "rejected"


class Status(models.TextChoices):
    """The lifecycle of an approved version, in the words of the official registry."""

    ACTIVE = "active", "active"
    DEPRECATED = "deprecated", "deprecated"
    DELETED = "deleted", "deleted"


class ServerVersion(models.Model):
    """A ``server.json`` document. Once approved it never changes; a change is a new version."""

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="versions")
    version = models.CharField(max_length=LONGEST_VERSION)
    document = models.JSONField(help_text="The server.json document, as published or repaired.")
    fingerprint = models.CharField(max_length=64, editable=False)
    repairs = models.JSONField(default=list, blank=True, help_text="What the import repaired.")
    is_latest = models.BooleanField(
        default=False,
        help_text="The highest approved version that is not deleted, or else the highest of all.",
    )
    published_at = models.DateTimeField(help_text="When it was approved, or else submitted.")
    updated_at = models.DateTimeField(help_text="When its status or its review last changed.")

    review_state = models.CharField(
        max_length=10, choices=ReviewState, default=ReviewState.APPROVED
    )
    review_reason = models.TextField(blank=True, help_text="Why it was rejected.")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="submitted_versions",
    )
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="reviewed_versions",
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    status_message = models.CharField(max_length=LONGEST_STATUS_MESSAGE, blank=True)
    status_changed_at = models.DateTimeField()
    # What a deleted version was before, for when it is restored.
    status_before = models.CharField(max_length=10, blank=True, editable=False)
    # What the source of the server said last: who differs from it here has decided so.
    source_status = models.CharField(max_length=10, blank=True, editable=False)

    objects = ServerVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-id"]
        indexes = [
            models.Index(fields=["updated_at"], name="version_updated"),
            models.Index(
                fields=["server"],
                condition=models.Q(review_state=ReviewState.PENDING),
                name="version_awaiting_review",
            ),
            models.Index(
                fields=["status", "server"],
                condition=models.Q(is_latest=True),
                name="latest_version_status",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["server", "version"], name="version_unique_in_server"),
            models.UniqueConstraint(
                fields=["server"],
                condition=models.Q(is_latest=True),
                name="one_latest_version_a_server",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.server.name} {self.version}"

    @property
    def may_change(self) -> bool:
        """Whether its document may still be replaced: nobody relies on it yet."""
        return self.review_state in (ReviewState.DRAFT, ReviewState.REJECTED)


class RemoteUrl(models.Model):
    """An address that a server's latest document names: it belongs to one name."""

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="remote_urls")
    url = models.CharField(max_length=2000, help_text="Normalised, to be compared.")

    class Meta:
        indexes = [models.Index(fields=["url"], name="remote_url")]

    def __str__(self) -> str:
        return self.url


class Alias(models.Model):
    """Another word for a server, such as ``k8s``."""

    word = models.CharField(max_length=50, unique=True)
    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="aliases")

    class Meta:
        ordering = ["word"]
        verbose_name_plural = "aliases"

    def __str__(self) -> str:
        return self.word


class Star(models.Model):
    """A person's mark on a server."""

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="stars")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="stars"
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["server", "user"], name="one_star_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.user} stars {self.server}"
