"""Health in the REST API: reading it, and checking on demand."""

from collections.abc import Callable

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.access import Role
from accounts.models import Team, User
from accounts.services import create_token
from healthchecks.models import Observation
from healthchecks.services import sweep
from servers.models import HealthState, Server
from tests.fixtures.factories import CREATED_AT, ServerFactory, UserFactory, maintainer, member_of

pytestmark = pytest.mark.django_db

Registered = Callable[..., Server]


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def publisher() -> APIClient:
    """A client signed in as somebody who may probe servers, and not edit them."""
    return client_of(member_of(Team.objects.default(), Role.CONTRIBUTOR))


def health_of(server: Server) -> str:
    return f"/api/servers/{server.name}/health"


def check_of(server: Server) -> str:
    return f"/api/servers/{server.name}/check"


# --- Reading -----------------------------------------------------------------------------------


def test_health_tells_the_state_and_what_the_last_checks_saw(
    test_client: APIClient, live_server_row: Registered
) -> None:
    server = live_server_row()
    sweep(clock=timezone.now)

    health = test_client.get(health_of(server)).json()

    assert (health["name"], health["state"]) == (server.name, "healthy")
    assert health["reason"] == "Lists its tools (MCP 2026-07-28)."
    assert health["since"] == health["checked_at"] == health["last_seen_at"]
    assert health["consecutive_failures"] == 0
    [observation] = health["observations"]
    assert (observation["tools_count"], observation["transport"]) == (2, "streamable-http")


def test_the_newest_observations_come_first_and_are_not_too_many(test_client: APIClient) -> None:
    server = ServerFactory.create()
    for minute in range(25):
        at = CREATED_AT.replace(minute=minute)
        Observation.objects.create(server=server, at=at, state=HealthState.HEALTHY)

    observations = test_client.get(health_of(server)).json()["observations"]

    assert len(observations) == 20
    assert observations[0]["at"] == "2026-01-01T12:24:00Z"


def test_a_server_that_was_never_looked_at_is_unknown(test_client: APIClient) -> None:
    health = test_client.get(health_of(ServerFactory.create())).json()

    assert (health["state"], health["observations"]) == ("unknown", [])


def test_a_hidden_server_is_answered_like_an_absent_one(test_client: APIClient) -> None:
    hidden = ServerFactory.create(name="org.example/hidden", enabled=False)

    of_hidden = test_client.get(health_of(hidden))
    of_absent = test_client.get("/api/servers/org.example/absent/health")

    assert of_hidden.status_code == of_absent.status_code == 404
    assert of_hidden.json() == of_absent.json()


def test_health_takes_the_same_queries_whatever_the_history(
    test_client: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    server = ServerFactory.create()
    for minute in range(10):
        at = CREATED_AT.replace(minute=minute)
        Observation.objects.create(server=server, at=at, state=HealthState.HEALTHY)

    with django_assert_num_queries(2):
        test_client.get(health_of(server))


# --- Checking on demand ------------------------------------------------------------------------


def test_a_check_answers_what_it_saw_and_keeps_it(live_server_row: Registered) -> None:
    server = live_server_row()

    answer = publisher().post(check_of(server))

    assert answer.status_code == 200
    seen = answer.json()
    assert (seen["state"], seen["tools_count"]) == ("healthy", 2)
    assert (seen["transport"], seen["protocol_version"]) == ("streamable-http", "2026-07-28")
    assert seen["latency_ms"] > 0
    assert Observation.objects.get().server == server


def test_a_check_of_a_dead_server_is_a_result_and_no_error() -> None:
    server = ServerFactory.create(endpoint_url="http://127.0.0.1:1/mcp")

    answer = publisher().post(check_of(server))

    assert answer.status_code == 200
    assert answer.json()["state"] == "unreachable"
    assert "Connection refused" in answer.json()["reason"]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"endpoint_url": ""}, "Runs on its user's machine"),
        ({"enabled": False}, "Switched off in this registry."),
        ({"monitored": False}, "Checks of this server are switched off."),
    ],
)
def test_a_server_that_is_not_probed_is_a_conflict_with_the_reason(
    columns: dict[str, object], words: str
) -> None:
    server = ServerFactory.create(**columns)

    answer = client_of(maintainer()).post(check_of(server))

    assert answer.status_code == 409
    assert words in answer.json()["detail"]
    assert not Observation.objects.exists()


def test_a_check_needs_the_permission_to_probe(
    test_client: APIClient, mock_authenticated_user: object
) -> None:
    server = ServerFactory.create()

    assert test_client.post(check_of(server)).status_code == 403
    assert APIClient().post(check_of(server)).status_code == 401


def test_a_hidden_server_cannot_be_checked_by_who_does_not_see_it() -> None:
    assert publisher().post(check_of(ServerFactory.create(enabled=False))).status_code == 404


@pytest.mark.parametrize("address", [health_of, check_of])
def test_a_trailing_slash_is_accepted_too(address: Callable[[Server], str]) -> None:
    server = ServerFactory.create(endpoint_url="http://127.0.0.1:1/mcp")
    client = publisher()
    call = client.get if address is health_of else client.post

    assert call(address(server) + "/").status_code == 200


async def test_a_check_works_on_the_event_loop_of_the_web_server(
    weather: str, async_client: httpx.AsyncClient, transactional_db: None
) -> None:
    server = await sync_to_async(ServerFactory.create)(endpoint_url=weather)
    user = await sync_to_async(UserFactory.create)(is_superuser=True)
    _, token = await sync_to_async(create_token)(user=user, name="x", now=timezone.now())

    answer = await async_client.post(check_of(server), headers={"Authorization": f"Bearer {token}"})

    assert answer.json()["state"] == "healthy"
