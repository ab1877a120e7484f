"""The summary of a server's health, kept where lists can filter on it."""

from datetime import datetime

from servers.models import HealthState, Server

# Characters of the reason of a health state.
LONGEST_REASON = 500


def record_health_summary(
    *,
    server_id: int,
    state: HealthState,
    reason: str,
    since: datetime | None,
    checked_at: datetime | None,
    latency_ms: float | None,
) -> None:
    """Keep what ``healthchecks`` found; not a change of the server."""
    Server.objects.filter(pk=server_id).update(
        health_state=state,
        health_reason=reason[:LONGEST_REASON],
        health_since=since,
        health_checked_at=checked_at,
        health_latency_ms=latency_ms,
    )
