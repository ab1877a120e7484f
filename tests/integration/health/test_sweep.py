"""A sweep finds what is due, probes it for real and leaves nothing to do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone
from pytest_django import Settings

from healthchecks import services
from healthchecks.models import Observation, ServerHealth
from healthchecks.services import Claim, claim_due, ensure_rows, sweep
from servers.models import HealthState, Server
from tests.fixtures.factories import ServerFactory
from tests.fixtures.mcp_servers import drip, serve, sse_app, streaming

pytestmark = pytest.mark.django_db

Registered = Callable[..., Server]


def test_a_registered_server_becomes_healthy_with_its_tools(live_server_row: Registered) -> None:
    server = live_server_row()

    assert sweep(clock=timezone.now) == 1

    server.refresh_from_db()
    assert server.health_state == HealthState.HEALTHY
    assert server.health_reason == "Lists its tools (MCP 2026-07-28)."
    assert server.health_latency_ms is not None
    assert set(server.tools.values_list("name", flat=True)) == {"get_forecast", "get_warnings"}


def test_what_was_probed_is_not_due_again(live_server_row: Registered) -> None:
    live_server_row()
    sweep(clock=timezone.now)

    assert sweep(clock=timezone.now) == 0
    assert Observation.objects.count() == 1


def test_every_kind_of_server_gets_its_state(live_server_row: Registered) -> None:
    with serve(sse_app()) as sse, serve(streaming(drip, "text/html")) as web:
        expected = {
            live_server_row().pk: HealthState.HEALTHY,
            ServerFactory.create(endpoint_url=f"{sse}/sse").pk: HealthState.WRONG_TRANSPORT,
            ServerFactory.create(
                endpoint_url=f"{sse}/sse", transport="sse"
            ).pk: HealthState.HEALTHY,
            ServerFactory.create(endpoint_url=f"{web}/nothing").pk: HealthState.NOT_MCP,
            ServerFactory.create(endpoint_url="http://127.0.0.1:1/mcp").pk: HealthState.UNREACHABLE,
            ServerFactory.create(endpoint_url="http://10.0.0.1/mcp").pk: HealthState.UNREACHABLE,
            ServerFactory.create(endpoint_url="").pk: HealthState.LOCAL,
            live_server_row(enabled=False).pk: HealthState.DISABLED,
        }
        sweep(clock=timezone.now)

    assert dict(Server.objects.values_list("pk", "health_state")) == expected
    assert dict(ServerHealth.objects.values_list("pk", "state")) == expected


def test_more_servers_than_are_probed_at_once_are_all_probed(
    live_server_row: Registered, settings: Settings
) -> None:
    settings.PROBE_CONCURRENCY = 2
    for _ in range(7):
        live_server_row()

    assert sweep(clock=timezone.now) == 7


def test_a_server_that_never_ends_its_answer_is_cut_at_the_deadline(
    settings: Settings,
) -> None:
    settings.PROBE_DEADLINE = 0.2
    with serve(streaming(drip, "application/json")) as base:
        ServerFactory.create(endpoint_url=f"{base}/mcp")
        sweep(clock=timezone.now)

    observation = Observation.objects.get()
    assert observation.state == HealthState.UNREACHABLE
    assert observation.reason == "Gave no complete answer within 0.2 s."


def test_what_a_killed_prober_left_is_probed_once_its_lease_ran_out(
    live_server_row: Registered,
) -> None:
    live_server_row()
    now = timezone.now()
    ensure_rows(now=now)
    claim_due(now=now, limit=9, lease=services.lease_time())  # and no result ever comes

    assert sweep(clock=timezone.now) == 0
    assert services.lease_time() < timedelta(seconds=60)
    assert sweep(clock=lambda: now + services.lease_time()) == 1
    assert Observation.objects.count() == 1


def test_a_result_the_database_refuses_holds_up_no_other(
    live_server_row: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, accepted = live_server_row(), live_server_row()
    record = services.record_result

    def record_result(*, claim: Claim, **result: Any) -> Observation | None:
        if claim.server_id == refused.pk:
            raise DatabaseError("database is locked")
        return record(claim=claim, **result)

    monkeypatch.setattr(services, "record_result", record_result)

    assert sweep(clock=timezone.now) == 1
    assert Observation.objects.get().server == accepted
    assert ServerHealth.objects.get(server=refused).lease_token


def test_a_sweep_takes_up_no_work_after_its_time(live_server_row: Registered) -> None:
    live_server_row()
    started = timezone.now()
    times = iter([started, started + services.SWEEP_LASTS + timedelta(seconds=1)])

    assert sweep(clock=lambda: next(times)) == 0
