"""Claims and leases: which rows are due, who may record, and that an effect happens once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from healthchecks.models import Observation, ServerHealth
from healthchecks.probes.outcome import Outcome
from healthchecks.services import (
    Claim,
    claim_due,
    claim_servers,
    ensure_rows,
    prune_observations,
    record_result,
    request_checks,
)
from servers.mcp import Dialect
from servers.models import HealthState, Server, Tool
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import ServerFactory, tool_definition

pytestmark = pytest.mark.django_db

LEASE = timedelta(seconds=30)
LATER = NOW + timedelta(minutes=10)
HEALTHY = Outcome(
    state=HealthState.HEALTHY,
    reason="Fine.",
    dialect=Dialect("streamable-http", "stateless"),
    tools=[tool_definition("a"), tool_definition("b")],
)


def claimed(**options: int) -> list[Claim]:
    return claim_due(now=NOW, limit=options.get("limit", 100), lease=LEASE)


@pytest.fixture
def server() -> Server:
    server = ServerFactory.create()
    ensure_rows(now=NOW)
    return server


# --- Rows follow the catalogue -----------------------------------------------------------------


def test_new_servers_get_a_row_that_is_due_at_once() -> None:
    server = ServerFactory.create()

    assert ensure_rows(now=NOW) == 1
    assert server.health.next_check_at == NOW
    assert server.health.state == HealthState.UNKNOWN


def test_a_second_time_changes_nothing(server: Server) -> None:
    before = ServerHealth.objects.values().get()

    assert ensure_rows(now=LATER) == 0
    assert ServerHealth.objects.values().get() == before


@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({"enabled": False}, HealthState.DISABLED),
        ({"endpoint_url": "", "transport": "stdio"}, HealthState.LOCAL),
        ({"monitored": False}, HealthState.UNKNOWN),
    ],
)
def test_servers_that_are_not_probed_rest_and_say_why(
    columns: dict[str, object], state: HealthState
) -> None:
    server = ServerFactory.create(**columns)

    assert ensure_rows(now=NOW) == 0
    server.refresh_from_db()
    assert (server.health.state, server.health_state) == (state, state)
    assert server.health_reason == server.health.reason != ""
    assert server.health.next_check_at is None


def test_a_disabled_server_rests_and_is_due_when_it_is_enabled_again(server: Server) -> None:
    Server.objects.update(enabled=False)
    ensure_rows(now=LATER)
    assert ServerHealth.objects.get().state == HealthState.DISABLED

    Server.objects.update(enabled=True)
    assert ensure_rows(now=LATER) == 1
    health = ServerHealth.objects.get()
    assert (health.state, health.next_check_at) == (HealthState.UNKNOWN, LATER)


def test_a_server_that_moved_is_due_at_once(server: Server) -> None:
    record_result(claim=claimed()[0], outcome=HEALTHY, now=NOW)
    assert ensure_rows(now=NOW) == 0

    Server.objects.update(endpoint_url="https://new.example/mcp")
    assert ensure_rows(now=NOW) == 1
    assert ServerHealth.objects.get().next_check_at == NOW


def test_only_the_servers_asked_for_are_looked_at() -> None:
    asked, other = ServerFactory.create(), ServerFactory.create()

    ensure_rows(now=NOW, server_ids=[asked.pk])

    assert list(ServerHealth.objects.values_list("server", flat=True)) == [asked.pk]
    assert not hasattr(other, "health")


def test_a_requested_check_is_due_now_for_the_servers_that_are_probed(server: Server) -> None:
    record_result(claim=claimed()[0], outcome=HEALTHY, now=NOW)
    local = ServerFactory.create(endpoint_url="")

    assert request_checks(server_ids=[server.pk, local.pk], now=NOW) == 1
    assert [claim.server_id for claim in claimed()] == [server.pk]


# --- Claims ------------------------------------------------------------------------------------


def test_what_is_due_is_claimed_once(server: Server) -> None:
    assert [claim.server_id for claim in claimed()] == [server.pk]
    assert claimed() == []


def test_a_claim_says_where_to_ask_and_what_worked_last_time(server: Server) -> None:
    record_result(claim=claimed()[0], outcome=HEALTHY, now=NOW)
    [claim] = claim_servers(server_ids=[server.pk], now=NOW, lease=LEASE)

    assert (claim.endpoint.url, claim.endpoint.transport) == (server.endpoint_url, server.transport)
    assert claim.hint == HEALTHY.dialect


def test_the_longest_waiting_are_claimed_first_and_no_more_than_asked_for() -> None:
    servers = ServerFactory.create_batch(3)
    ensure_rows(now=NOW)
    for minutes, server in enumerate(servers):
        due = NOW - timedelta(minutes=minutes)
        ServerHealth.objects.filter(server=server).update(next_check_at=due)

    assert [claim.server_id for claim in claimed(limit=1)] == [servers[2].pk]
    assert {claim.server_id for claim in claimed(limit=2)} == {servers[0].pk, servers[1].pk}
    assert claimed(limit=0) == []


@pytest.mark.parametrize("change", [{"enabled": False}, {"monitored": False}, {"endpoint_url": ""}])
def test_a_server_that_is_no_longer_probed_is_not_claimed(
    server: Server, change: dict[str, object]
) -> None:
    Server.objects.update(**change)

    assert claimed() == []
    assert claim_servers(server_ids=[server.pk], now=NOW, lease=LEASE) == []


def test_a_lease_that_ran_out_is_claimed_again(server: Server) -> None:
    [lost] = claimed()

    assert claim_due(now=NOW + LEASE - timedelta(seconds=1), limit=9, lease=LEASE) == []
    [again] = claim_due(now=NOW + LEASE, limit=9, lease=LEASE)
    assert again.server_id == lost.server_id
    assert again.token != lost.token


def test_a_lease_has_an_end_and_a_token_or_neither(server: Server) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ServerHealth.objects.update(lease_token="x", lease_until=None)


# --- Results -----------------------------------------------------------------------------------


def test_a_result_is_written_whole(server: Server) -> None:
    observation = record_result(claim=claimed()[0], outcome=HEALTHY, now=NOW)

    server.refresh_from_db()
    assert observation == Observation.objects.get()
    assert (server.health_state, server.health_reason) == (HealthState.HEALTHY, "Fine.")
    assert set(server.tools.values_list("name", flat=True)) == {"a", "b"}
    health = ServerHealth.objects.get()
    assert (health.lease_token, health.lease_until) == ("", None)
    assert health.next_check_at is not None
    assert health.next_check_at > NOW


def test_a_result_counts_once(server: Server) -> None:
    [claim] = claimed()
    record_result(claim=claim, outcome=HEALTHY, now=NOW)

    assert record_result(claim=claim, outcome=HEALTHY, now=LATER) is None
    assert Observation.objects.count() == 1
    assert ServerHealth.objects.get().checked_at == NOW


def test_a_result_after_the_lease_was_claimed_again_counts_for_nothing(server: Server) -> None:
    [lost] = claimed()
    [again] = claim_due(now=NOW + LEASE, limit=9, lease=LEASE)

    assert record_result(claim=lost, outcome=HEALTHY, now=LATER) is None
    assert not Observation.objects.exists()
    assert not Tool.objects.exists()
    assert record_result(claim=again, outcome=HEALTHY, now=LATER)


def test_a_check_on_demand_takes_over_a_running_probe(server: Server) -> None:
    [running] = claimed()
    [demanded] = claim_servers(server_ids=[server.pk], now=NOW, lease=LEASE)

    assert record_result(claim=running, outcome=HEALTHY, now=NOW) is None
    assert record_result(claim=demanded, outcome=HEALTHY, now=NOW)


def test_a_result_for_a_server_that_was_disabled_meanwhile_counts_for_nothing(
    server: Server,
) -> None:
    [claim] = claimed()
    Server.objects.update(enabled=False)
    ensure_rows(now=NOW)

    assert record_result(claim=claim, outcome=HEALTHY, now=NOW) is None
    assert ServerHealth.objects.get().state == HealthState.DISABLED


def test_a_result_for_a_server_that_was_deleted_meanwhile_counts_for_nothing(
    server: Server,
) -> None:
    [claim] = claimed()
    server.delete()

    assert record_result(claim=claim, outcome=HEALTHY, now=NOW) is None


def test_a_failure_in_between_writes_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Observation, "save", lambda *args, **options: 1 / 0)
    [claim] = claimed()

    with pytest.raises(ZeroDivisionError):
        record_result(claim=claim, outcome=HEALTHY, now=NOW)

    health = ServerHealth.objects.get()
    assert (health.state, health.lease_token) == (HealthState.UNKNOWN, claim.token)
    assert not Tool.objects.exists()


def test_a_probe_that_learns_nothing_of_the_tools_leaves_them(server: Server) -> None:
    record_result(claim=claimed()[0], outcome=HEALTHY, now=NOW)
    [claim] = claim_servers(server_ids=[server.pk], now=NOW, lease=LEASE)
    down = Outcome(state=HealthState.UNREACHABLE, reason="Down.")

    record_result(claim=claim, outcome=down, now=LATER)

    assert Tool.objects.current().count() == 2
    server.refresh_from_db()
    assert (server.health_state, server.health_since) == (HealthState.UNREACHABLE, LATER)


def test_observations_past_their_time_are_deleted(server: Server) -> None:
    old = Observation.objects.create(server=server, at=NOW, state=HealthState.HEALTHY)
    kept = Observation.objects.create(
        server=server, at=NOW + timedelta(hours=1), state=HealthState.HEALTHY
    )

    assert prune_observations(now=NOW + Observation.KEPT_FOR + timedelta(seconds=1)) == 1
    assert list(Observation.objects.all()) == [kept] != [old]
    assert prune_observations(now=NOW) == 0
