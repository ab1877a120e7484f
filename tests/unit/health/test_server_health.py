"""How a health row takes in what happens; nothing is saved here."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from healthchecks.models import Observation, ServerHealth, resting_state
from healthchecks.probes.outcome import Outcome
from servers.mcp import Dialect, Endpoint
from servers.models import HealthState, Server

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
ENDPOINT = Endpoint(url="https://example.org/mcp", transport="streamable-http")
STATELESS = Dialect("streamable-http", "stateless")
HEALTHY = Outcome(state=HealthState.HEALTHY, reason="Fine.", latency_ms=3.0, dialect=STATELESS)
DOWN = Outcome(state=HealthState.UNREACHABLE, reason="Connection refused.")


def row(**columns: Any) -> ServerHealth:
    server = Server(pk=1, endpoint_url=ENDPOINT.url, transport=ENDPOINT.transport)
    return ServerHealth(server=server, **columns)


def test_the_state_follows_the_outcome() -> None:
    health = row()

    health.observe(HEALTHY, ENDPOINT, NOW)

    assert (health.state, health.reason) == (HealthState.HEALTHY, "Fine.")
    assert (health.since, health.checked_at, health.last_seen_at) == (NOW, NOW, NOW)
    assert health.last_latency_ms == 3.0


def test_since_changes_only_with_the_state() -> None:
    health = row()
    health.observe(HEALTHY, ENDPOINT, NOW)

    health.observe(HEALTHY, ENDPOINT, LATER)
    assert (health.since, health.checked_at) == (NOW, LATER)

    health.observe(DOWN, ENDPOINT, LATER)
    assert health.since == LATER


def test_failures_in_a_row_are_counted_until_it_is_alive_again() -> None:
    health = row()
    for _ in range(3):
        health.observe(DOWN, ENDPOINT, LATER)
    assert (health.consecutive_failures, health.last_seen_at) == (3, None)

    health.observe(HEALTHY, ENDPOINT, LATER)
    assert (health.consecutive_failures, health.last_seen_at) == (0, LATER)


@pytest.mark.parametrize(
    ("state", "alive"),
    [
        (HealthState.DEGRADED, True),
        (HealthState.AUTH_REQUIRED, True),
        (HealthState.WRONG_TRANSPORT, True),
        (HealthState.NOT_MCP, False),
    ],
)
def test_what_answers_as_mcp_is_seen(state: HealthState, alive: bool) -> None:
    health = row()

    health.observe(Outcome(state=state, reason=""), ENDPOINT, NOW)

    assert (health.last_seen_at is not None) is alive


def test_nothing_has_worked_before_the_first_check() -> None:
    assert row().hint is None


def test_what_worked_is_the_hint_for_the_same_endpoint() -> None:
    health = row()

    health.observe(HEALTHY, ENDPOINT, NOW)
    health.observe(DOWN, ENDPOINT, LATER)
    assert health.hint == STATELESS

    health.server.endpoint_url = "https://elsewhere.example/mcp"
    assert health.hint is None


def test_the_next_check_is_an_interval_away_give_or_take_a_tenth(settings: Any) -> None:
    settings.PROBE_INTERVAL = timedelta(seconds=100)
    delays = []
    for number in range(1, 1001):
        health = ServerHealth(server_id=number)
        health.schedule(NOW)
        assert health.next_check_at is not None
        delays.append((health.next_check_at - NOW).total_seconds())

    assert 90 <= min(delays) < 91
    assert 109 < max(delays) <= 110
    assert max(sum(second <= it < second + 1 for it in delays) for second in range(90, 110)) < 100


def test_a_server_has_the_same_rhythm_every_time() -> None:
    first, second = ServerHealth(server_id=7), ServerHealth(server_id=7)
    first.schedule(NOW)
    second.schedule(NOW)

    assert first.next_check_at == second.next_check_at


@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({"enabled": False, "endpoint_url": ""}, HealthState.DISABLED),
        ({"endpoint_url": ""}, HealthState.LOCAL),
        ({"endpoint_url": "https://x.example/", "monitored": False}, HealthState.UNKNOWN),
    ],
)
def test_a_server_that_is_not_probed_rests_in_a_state_with_a_reason(
    columns: dict[str, Any], state: HealthState
) -> None:
    health = ServerHealth(server=Server(**columns), next_check_at=NOW, lease_token="x")

    health.rest(NOW)

    assert health.state == state
    assert health.reason == resting_state(health.server)[1] != ""
    assert (health.next_check_at, health.lease_token) == (None, "")


def test_a_long_reason_is_cut_to_its_column() -> None:
    health = row()
    wordy = Outcome(state=HealthState.NOT_MCP, reason="x" * 2000)

    health.observe(wordy, ENDPOINT, NOW)

    assert len(health.reason) == len(Observation.of(wordy, server_id=1, at=NOW).reason) == 500


def test_an_observation_tells_whether_the_tools_are_known() -> None:
    known = Outcome(state=HealthState.HEALTHY, reason="", tools=[{"name": "a"}], dialect=STATELESS)

    assert Observation.of(known, server_id=1, at=NOW).tool_count == 1
    assert Observation.of(known, server_id=1, at=NOW).transport == "streamable-http"
    assert Observation.of(DOWN, server_id=1, at=NOW).tool_count is None
