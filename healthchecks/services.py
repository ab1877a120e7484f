"""What can be done about health: find out what is due, probe it, record what was found.

The database is the truth: a row that is due says so itself, is claimed under a lease, and gets
the probe's whole effect in one transaction that counts only while the lease holds. A process
killed anywhere in between leaves a lease that runs out, and the next sweep probes again.
"""

import logging
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.db import DatabaseError, transaction

from healthchecks.models import Observation, ServerHealth, resting_state
from healthchecks.probes.outcome import Outcome
from healthchecks.probes.runner import probe_many
from healthchecks.querysets import ServerHealthQuerySet
from registry_site.lib.outbound import Credentials
from registry_site.lib.progress import NoProgress, Progress
from servers.mcp import Dialect, Endpoint
from servers.models import HealthState, Server
from servers.services import Offer, record_features, record_health_summary, sendable_credentials

logger = logging.getLogger(__name__)

# Probing takes time, so what is recorded afterwards needs a time of its own.
Clock = Callable[[], datetime]

# For what comes on top of the network: waiting for a thread, a lock, the database.
LEASE_MARGIN = timedelta(seconds=10)
# A sweep stops taking up work after this, so that the next one looks at the catalogue anew.
SWEEP_LASTS = timedelta(seconds=20)
PRUNED_AT_ONCE = 1000
# Rows in one transaction when the catalogue has changed a lot.
CHANGED_AT_ONCE = 100


class NotProbed(Exception):
    """The server is not one that probes connect to."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to record one result for one server, and what the probe needs for it."""

    server_id: int
    token: str
    endpoint: Endpoint
    hint: Dialect | None
    credentials: Credentials
    remark: str = ""  # what is to be said of credentials that could not be sent


# --- Which servers are probed ------------------------------------------------------------------


def ensure_rows(*, now: datetime, server_ids: Sequence[int] | None = None) -> int:
    """Make the health rows say what the catalogue says; returns how many became due by that.

    New servers, servers enabled again and servers that moved are due at once; those no longer
    probed come to rest. Running it again changes nothing.
    """
    _create_missing(server_ids)
    rows = ServerHealth.objects.of(server_ids)
    _change(rows.to_rest(), lambda health: health.rest(now))
    woken = _change(rows.asleep(), lambda health: health.wake(now))
    moved = rows.moved(now).update(next_check_at=now)
    return woken + moved


def request_checks(*, server_ids: Sequence[int], now: datetime) -> int:
    """Make these servers due; returns how many of them are probed at all."""
    ensure_rows(now=now, server_ids=server_ids)
    return ServerHealth.objects.of(server_ids).probed().update(next_check_at=now)


def _create_missing(server_ids: Sequence[int] | None) -> None:
    missing = Server.objects.filter(health__isnull=True)
    if server_ids is not None:
        missing = missing.filter(pk__in=server_ids)
    rows = [ServerHealth(server_id=pk) for pk in missing.values_list("pk", flat=True)]
    ServerHealth.objects.bulk_create(rows, ignore_conflicts=True, batch_size=CHANGED_AT_ONCE)


def _change(rows: ServerHealthQuerySet, change: Callable[[ServerHealth], None]) -> int:
    """Apply ``change`` to ``rows`` in short transactions; returns how many there were."""
    ids = list(rows.values_list("pk", flat=True))
    for start in range(0, len(ids), CHANGED_AT_ONCE):
        with transaction.atomic():
            # Asked again under the lock: somebody else may have been quicker.
            chunk = rows.filter(pk__in=ids[start : start + CHANGED_AT_ONCE])
            for health in chunk.select_related("server").select_for_update(of=("self",)):
                change(health)
                _save(health)
    return len(ids)


def _save(health: ServerHealth) -> None:
    """Save ``health``, and its summary where the catalogue's lists filter on it."""
    health.save()
    record_health_summary(
        server_id=health.pk,
        state=HealthState(health.state),
        reason=health.reason,
        since=health.since,
        checked_at=health.checked_at,
        latency_ms=health.last_latency_ms,
    )


# --- One probe: claim, record ------------------------------------------------------------------


def claim_due(*, now: datetime, limit: int, lease: timedelta) -> list[Claim]:
    """Take a lease on up to ``limit`` rows that are due and that nobody holds."""
    # A look before the lock: most sweeps find nothing, and writers need not wait for them.
    if limit <= 0 or not ServerHealth.objects.due(now).exists():
        return []
    with transaction.atomic():
        due = ServerHealth.objects.due(now).select_for_update(skip_locked=True)
        ids = list(due.values_list("pk", flat=True)[:limit])
        return _claim(ServerHealth.objects.due(now).filter(pk__in=ids), until=now + lease)


def claim_servers(*, server_ids: Sequence[int], now: datetime, lease: timedelta) -> list[Claim]:
    """Take a lease on these servers, due or not, from whoever may hold one: the last claim counts.

    Servers that are not probed are left out.
    """
    rows = ServerHealth.objects.of(server_ids).probed()
    with transaction.atomic():
        return _claim(rows, until=now + lease)


def _claim(rows: ServerHealthQuerySet, *, until: datetime) -> list[Claim]:
    """Put a new token on ``rows``; those that carry it afterwards are ours."""
    token = uuid.uuid4().hex
    if not rows.order_by().update(lease_token=token, lease_until=until):
        return []
    claimed = ServerHealth.objects.filter(lease_token=token).select_related("server")
    sendable = sendable_credentials([health.server for health in claimed])
    return [
        Claim(
            server_id=health.pk,
            token=token,
            endpoint=Endpoint(url=health.server.endpoint_url, transport=health.server.transport),
            hint=health.hint,
            credentials=sendable[health.pk].credentials,
            remark=sendable[health.pk].remark,
        )
        for health in claimed
    ]


@transaction.atomic
def record_result(*, claim: Claim, outcome: Outcome, now: datetime) -> Observation | None:
    """Write the whole effect of a probe and end its lease; ``None`` if the lease was lost.

    A lost lease (run out and claimed again, the server deleted or disabled) makes the result
    count for nothing: whoever holds the lease now records instead.
    """
    health = (
        ServerHealth.objects.filter(pk=claim.server_id, lease_token=claim.token)
        .select_for_update()
        .first()
    )
    if health is None:
        return None
    health.observe(outcome, claim.endpoint, now)
    health.release()
    health.schedule(now)
    _save(health)
    offer = Offer.of(tools=outcome.tools, prompts=outcome.prompts, resources=outcome.resources)
    record_features(server_id=claim.server_id, offer=offer, now=now)
    observation = Observation.of(outcome, server_id=claim.server_id, at=now)
    observation.save(force_insert=True)
    return observation


# --- Many probes -------------------------------------------------------------------------------


def sweep(*, clock: Clock) -> int:
    """Probe whatever is due, for a while; returns how many results were recorded."""
    started = clock()
    ensure_rows(now=started)
    prune_observations(now=started)
    recorded = 0

    def take(free: int) -> list[Claim]:
        now = clock()
        if now - started > SWEEP_LASTS:
            return []
        return claim_due(now=now, limit=free, lease=lease_time())

    def record(claim: Claim, outcome: Outcome) -> None:
        nonlocal recorded
        recorded += record_result(claim=claim, outcome=outcome, now=clock()) is not None

    _probe_all(take, record)
    return recorded


def check_servers(
    *, server_ids: Sequence[int], clock: Clock, progress: Progress | None = None
) -> list[Observation]:
    """Probe these servers now and return what was seen, in no particular order.

    Servers that are not probed are left out. What was seen is returned even when it was not
    recorded because somebody else probed the same server meanwhile.
    """
    progress = progress or NoProgress()
    ensure_rows(now=clock(), server_ids=server_ids)
    waiting = deque(server_ids)
    progress.total(len(waiting))
    observations: list[Observation] = []

    def take(free: int) -> list[Claim]:
        claims: list[Claim] = []
        while waiting and not claims:
            ids = [waiting.popleft() for _ in range(min(free, len(waiting)))]
            claims = claim_servers(server_ids=ids, now=clock(), lease=lease_time())
            progress.advance(len(ids) - len(claims))
        return claims

    def record(claim: Claim, outcome: Outcome) -> None:
        now = clock()
        recorded = record_result(claim=claim, outcome=outcome, now=now)
        observations.append(recorded or Observation.of(outcome, server_id=claim.server_id, at=now))
        progress.advance()

    _probe_all(take, record)
    return observations


def check_now(*, server: Server, clock: Clock) -> Observation:
    """Probe ``server`` now, within the deadline. Raises ``NotProbed`` with the reason."""
    observations = check_servers(server_ids=[server.pk], clock=clock)
    if not observations:
        server.refresh_from_db()
        raise NotProbed(resting_state(server)[1])
    return observations[0]


def prune_observations(*, now: datetime) -> int:
    """Delete observations past their time, a batch at once; returns how many."""
    old = Observation.objects.older_than(Observation.KEPT_FOR, now)
    ids = list(old.order_by("at").values_list("pk", flat=True)[:PRUNED_AT_ONCE])
    if not ids:
        return 0
    return Observation.objects.filter(pk__in=ids).delete()[0]


def lease_time() -> timedelta:
    """How long a claim lasts: a probe cannot take longer, however it ends."""
    return timedelta(seconds=2 * settings.PROBE_DEADLINE) + LEASE_MARGIN


def _probe_all(
    take: Callable[[int], list[Claim]], record: Callable[[Claim, Outcome], None]
) -> None:
    """Run the probes on an event loop of their own, and the database work in this thread."""

    def record_or_leave(claim: Claim, outcome: Outcome) -> None:
        try:
            record(claim, outcome)
        except DatabaseError:
            # The others go on; the lease of this one runs out and it is probed again.
            logger.exception("The result for server %s was not recorded", claim.server_id)

    async_to_sync(probe_many)(
        take=sync_to_async(take),
        record=sync_to_async(record_or_leave),
        concurrency=settings.PROBE_CONCURRENCY,
        deadline=settings.PROBE_DEADLINE,
    )
