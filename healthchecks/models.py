"""What is known of each server's health, and what every probe of the last days saw."""

import zlib
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from healthchecks.probes.outcome import Outcome
from healthchecks.querysets import ObservationQuerySet, ServerHealthQuerySet
from servers.mcp import Dialect, Endpoint
from servers.models import HealthState, Server, Transport
from servers.services import LONGEST_REASON

# States in which something answered that speaks MCP, or would after authorization.
ALIVE = frozenset(
    {
        HealthState.HEALTHY,
        HealthState.DEGRADED,
        HealthState.AUTH_REQUIRED,
        HealthState.WRONG_TRANSPORT,
    }
)


class ServerHealth(models.Model):
    """The health of one server: its state, when it is probed next and who is probing it now.

    The lease is what makes a probe's effect happen once: a result counts only while the row
    still carries the token under which it was claimed.
    """

    server = models.OneToOneField(
        Server, on_delete=models.CASCADE, primary_key=True, related_name="health"
    )
    state = models.CharField(
        max_length=20, choices=HealthState, default=HealthState.UNKNOWN, db_index=True
    )
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)
    since = models.DateTimeField(null=True, help_text="When it came into this state.")
    checked_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True, help_text="When it last answered as MCP.")
    consecutive_failures = models.PositiveIntegerField(default=0)
    last_latency_ms = models.FloatField(null=True, help_text="Of its first answer, at last.")

    # What the last result is about; when the server's own columns differ, it is out of date.
    endpoint_url = models.CharField(max_length=2000, blank=True)
    transport = models.CharField(max_length=20, choices=Transport, blank=True)
    # What worked last time at that endpoint, and is tried first.
    worked_transport = models.CharField(max_length=20, choices=Transport, blank=True)
    worked_era = models.CharField(max_length=20, blank=True)

    next_check_at = models.DateTimeField(
        null=True, db_index=True, help_text="Empty for a server that is not probed."
    )
    lease_until = models.DateTimeField(null=True)
    lease_token = models.CharField(max_length=32, blank=True, db_index=True)

    objects = ServerHealthQuerySet.as_manager()

    class Meta:
        ordering = ["server"]
        verbose_name = "server health"
        verbose_name_plural = "server health"
        constraints = [
            models.CheckConstraint(
                condition=Q(lease_until__isnull=True, lease_token="")
                | (Q(lease_until__isnull=False) & ~Q(lease_token="")),
                name="lease_has_an_end_and_a_token",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.server.name}: {self.state}"

    @property
    def hint(self) -> Dialect | None:
        """The dialect that worked last time, unless the server has moved since."""
        here = (self.endpoint_url, self.transport) == (
            self.server.endpoint_url,
            self.server.transport,
        )
        if not (here and self.worked_era):
            return None
        return Dialect(self.worked_transport, self.worked_era)

    def enter(self, state: HealthState, reason: str, now: datetime) -> None:
        """Be in ``state``; ``since`` changes only with it."""
        if state != self.state or self.since is None:
            self.since = now
        self.state = state
        self.reason = reason[:LONGEST_REASON]

    def observe(self, outcome: Outcome, endpoint: Endpoint, now: datetime) -> None:
        """Take in what a probe of ``endpoint`` found. The state follows each outcome directly."""
        self.enter(outcome.state, outcome.reason, now)
        self.checked_at = now
        self.last_latency_ms = outcome.latency_ms
        self.endpoint_url, self.transport = endpoint.url, endpoint.transport
        if outcome.dialect:
            self.worked_transport, self.worked_era = outcome.dialect
        if outcome.state in ALIVE:
            self.last_seen_at = now
            self.consecutive_failures = 0
        else:
            self.consecutive_failures += 1

    def wake(self, now: datetime) -> None:
        """Be due for a first probe, or the first one after a rest."""
        self.enter(HealthState.UNKNOWN, "Not checked yet.", now)
        self.next_check_at = now

    def rest(self, now: datetime) -> None:
        """Be in the state of a server that is not probed; nobody probes it from here on."""
        self.enter(*resting_state(self.server), now)
        self.next_check_at = None
        self.release()

    def release(self) -> None:
        """Let go of the lease: a result that still arrives under it no longer counts."""
        self.lease_until = None
        self.lease_token = ""

    def schedule(self, now: datetime) -> None:
        """Be due again after the interval, give or take a tenth that is the server's own.

        Servers registered in one second thereby drift apart instead of being probed in one
        second for ever.
        """
        share = zlib.crc32(str(self.pk).encode()) / 2**32
        self.next_check_at = now + settings.PROBE_INTERVAL * (0.9 + 0.2 * share)


def resting_state(server: Server) -> tuple[HealthState, str]:
    """The state, and the reason in words, of a ``server`` that is not probed."""
    if server.deleted_at is not None:
        return HealthState.DISABLED, "Deleted."
    if not server.enabled:
        return HealthState.DISABLED, "Switched off in this registry."
    if not server.endpoint_url:
        return HealthState.LOCAL, "Runs on its user's machine: there is no address to check."
    return HealthState.UNKNOWN, "Checks of this server are switched off."


class Observation(models.Model):
    """What one probe saw. Observations are kept for a while, not changed."""

    KEPT_FOR = timedelta(hours=48)

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="observations")
    at = models.DateTimeField(db_index=True)
    state = models.CharField(max_length=20, choices=HealthState)
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)
    latency_ms = models.FloatField(null=True)
    http_status = models.PositiveSmallIntegerField(null=True)
    transport = models.CharField(max_length=20, choices=Transport, blank=True)
    protocol_version = models.CharField(max_length=20, blank=True)
    tool_count = models.PositiveIntegerField(null=True)

    objects = ObservationQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["server", "-at"], name="observation_server_at")]

    def __str__(self) -> str:
        return f"{self.server.name} at {self.at:%Y-%m-%d %H:%M:%S}: {self.state}"

    @classmethod
    def of(cls, outcome: Outcome, *, server_id: int, at: datetime) -> "Observation":
        """The row, not saved yet, that tells of ``outcome``."""
        return cls(
            server_id=server_id,
            at=at,
            state=outcome.state,
            reason=outcome.reason[:LONGEST_REASON],
            latency_ms=outcome.latency_ms,
            http_status=outcome.http_status,
            transport=outcome.dialect.transport if outcome.dialect else "",
            protocol_version=outcome.protocol_version,
            tool_count=None if outcome.tools is None else len(outcome.tools),
        )
