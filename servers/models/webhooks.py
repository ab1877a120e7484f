"""Who is told of what happens in the catalogue, and what is still to be told."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models

from accounts.models import Team
from servers.querysets import WebhookDeliveryQuerySet, WebhookQuerySet

# Characters of what was wrong with an attempt.
LONGEST_ERROR = 500
# How long after the first attempt, the second and so on there is another; then it is given up.
RETRIES_AFTER = (
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)


class Event(models.TextChoices):
    """What is told; each name stands in the payload."""

    REGISTERED = "server.registered", "server registered"
    SUBMITTED = "version.submitted", "version submitted for review"
    APPROVED = "version.approved", "version approved"
    REJECTED = "version.rejected", "version rejected"
    STATUS_CHANGED = "version.status_changed", "version deprecated, deleted or active again"
    UPDATED = "server.updated", "server updated"
    DELETED = "server.deleted", "server deleted"
    RESTORED = "server.restored", "server restored"
    DRIFTED = "feature.drifted", "tool, prompt or resource changed"
    DRIFT_DECIDED = "feature.drift_decided", "change accepted or rejected"
    PING = "webhook.ping", "ping"


class Webhook(models.Model):
    """An address that is told of events of a team's servers, or of all.

    One worker at a time, the one whose lease it carries, sends to it.
    """

    url = models.URLField(max_length=2000)
    secret = models.TextField(editable=False, help_text="Encrypted; it signs what is sent.")
    old_secret = models.TextField(
        blank=True, editable=False, help_text="Encrypted; the one before, which signs for a while."
    )
    old_secret_until = models.DateTimeField(null=True, editable=False)
    events = models.JSONField(default=list, blank=True, help_text="Names of events; none: all.")
    team = models.ForeignKey(
        Team,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="webhooks",
        help_text="Of whose servers it is told; empty: of all.",
    )
    enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(
        max_length=200, blank=True, editable=False, help_text="Why it was switched off by itself."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, editable=False
    )
    created_at = models.DateTimeField(editable=False)
    lease_token = models.CharField(max_length=32, blank=True, editable=False, db_index=True)
    # Long past for the one that has waited longest for its turn.
    lease_until = models.DateTimeField(null=True, editable=False)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.subject} to {self.host}"

    @property
    def subject(self) -> str:
        """What the audit trail calls it: an address may hold a secret of its receiver's."""
        return f"webhook {self.pk}"

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def encrypted_secrets(self, now: datetime) -> list[str]:
        """What signs at ``now``: the secret and, for a while, the one before."""
        still = self.old_secret_until is not None and now < self.old_secret_until
        return [self.secret, self.old_secret] if still else [self.secret]


class WebhookDelivery(models.Model):
    """One event for one webhook: the work to be done, and the log of how it went."""

    class State(models.TextChoices):
        PENDING = "pending", "pending"
        DELIVERED = "delivered", "delivered"
        FAILED = "failed", "given up"

    # What the receiver knows it by, however often it is sent.
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=40, choices=Event)
    server_name = models.CharField(max_length=200, blank=True)
    payload = models.JSONField()
    created_at = models.DateTimeField(db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Empty once it was delivered or given up.
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=LONGEST_ERROR, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "webhook deliveries"
        indexes = [models.Index(fields=["webhook", "next_attempt_at"], name="deliveries_to_do")]

    def __str__(self) -> str:
        return f"{self.event} of {self.server_name}" if self.server_name else self.event

    @property
    def state(self) -> State:
        if self.delivered_at is not None:
            return self.State.DELIVERED
        return self.State.FAILED if self.next_attempt_at is None else self.State.PENDING

    def succeed(self, *, http_status: int | None, now: datetime) -> None:
        """The receiver took it; the caller saves."""
        self.attempts += 1
        self.http_status, self.last_error = http_status, ""
        self.delivered_at, self.next_attempt_at = now, None

    def fail(self, *, http_status: int | None, error: str, now: datetime) -> None:
        """The receiver did not take it: wait for longer each time, then give up."""
        self.http_status, self.last_error = http_status, error[:LONGEST_ERROR]
        given_up = self.attempts >= len(RETRIES_AFTER)
        self.next_attempt_at = None if given_up else now + self._pause()
        self.attempts += 1

    def start_over(self, now: datetime) -> None:
        """Be due at once, with all attempts before it."""
        self.attempts, self.next_attempt_at, self.delivered_at = 0, now, None

    def _pause(self) -> timedelta:
        """Give or take a tenth, so that what failed together does not come back together."""
        share = self.public_id.int % 1000 / 1000
        return RETRIES_AFTER[self.attempts] * (0.9 + 0.2 * share)
