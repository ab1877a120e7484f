"""Many changes in one request, each made or refused by itself."""

from typing import Any
from unittest.mock import Mock

import pytest
from rest_framework.test import APIClient

from accounts.access import Action, Role
from accounts.models import ApiToken, AuditEvent, Team
from accounts.services import grant
from servers.access import Visibility
from servers.api.bulk import OPERATIONS
from servers.api.viewsets import ServerViewSet
from servers.models import ReviewState, Server
from tests.fixtures.factories import (
    CREATED_AT,
    ServerFactory,
    ServerVersionFactory,
    TeamFactory,
    UserFactory,
    document,
    member_of,
)

pytestmark = pytest.mark.django_db

BULK = "/api/servers/bulk"
NAME = "org.example/weather"


@pytest.fixture
def client() -> APIClient:
    """Of somebody who may do everything with the default team's servers."""
    client = APIClient()
    client.force_authenticate(member_of(Team.objects.default(), Role.ADMIN, username="ada"))
    return client


def send(client: APIClient, *items: dict[str, Any]) -> list[dict[str, Any]]:
    response = client.post(BULK, {"items": list(items)})
    assert response.status_code == 200, response.json()
    results: list[dict[str, Any]] = response.json()["results"]
    return results


def statuses(results: list[dict[str, Any]]) -> list[int]:
    return [result["status"] for result in results]


def test_each_change_is_made_in_its_turn(client: APIClient) -> None:
    results = send(
        client,
        {"op": "register", "body": document() | {"tags": ["sky"]}},
        {"op": "update", "name": NAME, "body": {"version": "2.0.0", "title": "New"}},
        {"op": "tag", "name": NAME, "body": {"add": ["sea"], "remove": ["sky"]}},
        {"op": "disable", "name": NAME},
        {"op": "enable", "name": NAME},
        {"op": "status", "name": NAME, "body": {"status": "deprecated"}},
        {"op": "delete", "name": NAME},
        {"op": "restore", "name": NAME},
    )

    assert statuses(results) == [201, 200, 200, 200, 200, 200, 204, 200]
    assert [result["index"] for result in results] == list(range(8))
    assert {result["name"] for result in results} == {NAME}
    shown = client.get(f"/api/servers/{NAME}")
    assert (shown.json()["title"], shown.json()["tags"]) == ("New", ["sea"])
    assert results[-1]["etag"] == shown.headers["ETag"]


def test_a_refused_change_leaves_the_others_alone(client: APIClient) -> None:
    ServerFactory.create(name=NAME)

    results = send(
        client,
        {"op": "update", "name": NAME, "body": {"category": "First"}},
        {"op": "update", "name": NAME, "body": {"version": "1.0.0", "title": "Rewritten"}},
        {"op": "update", "name": "org.example/absent", "body": {"category": "x"}},
        {"op": "register", "body": {"name": "org.example/bad"}},
        {"op": "update", "name": NAME, "body": {"tags": ["sky"]}},
    )

    assert statuses(results) == [200, 409, 404, 400, 200]
    assert results[1]["error"]["title"] == "Conflict"
    assert {"field": "version"}.items() <= results[3]["error"]["errors"][-1].items()
    server = Server.objects.get()
    assert (server.category, server.tags.count(), server.title) == ("First", 1, "")


def test_a_change_is_made_as_a_whole_or_not_at_all(client: APIClient) -> None:
    server = ServerFactory.create(name=NAME)

    body = {"category": "W", "version": "1.0.0", "title": "Rewritten"}
    results = send(client, {"op": "update", "name": NAME, "body": body})

    server.refresh_from_db()
    assert (statuses(results), server.category) == ([409], "")


def test_each_change_has_its_own_precondition(client: APIClient) -> None:
    ServerFactory.create(name=NAME)

    results = send(
        client,
        {"op": "update", "name": NAME, "if_match": '"1"', "body": {"category": "First"}},
        {"op": "update", "name": NAME, "if_match": '"1"', "body": {"category": "Second"}},
        {"op": "update", "name": NAME, "if_match": "1", "body": {"category": "Third"}},
        {"op": "enable", "name": NAME, "if_match": '"2"'},
    )

    assert statuses(results) == [200, 412, 400, 200]
    [change] = results[1]["error"]["changes"]
    assert (change["actor"], change["edition"]) == ("ada", 2)


def test_versions_are_approved_and_rejected_together(client: APIClient) -> None:
    for number in range(2):
        server = ServerFactory.create(name=f"org.example/s{number}")
        ServerVersionFactory.create(
            server=server, version="2.0.0", is_latest=False, review_state=ReviewState.PENDING
        )

    item = {"version": "2.0.0"}
    results = send(
        client,
        item | {"op": "approve", "name": "org.example/s0"},
        item | {"op": "reject", "name": "org.example/s1", "body": {"reason": "No."}},
        item | {"op": "reject", "name": "org.example/s1"},
        item | {"op": "approve", "name": "org.example/s0"},
    )

    assert statuses(results) == [200, 200, 400, 409]
    assert [result["name"] for result in results] == [f"org.example/s{n}" for n in (0, 1, 1, 0)]


def test_permissions_are_those_of_the_single_addresses(client: APIClient) -> None:
    """One who may edit one server, see another, and knows nothing of a third."""
    for name, visibility in (("a", "public"), ("b", "public"), ("c", Visibility.PRIVATE)):
        ServerFactory.create(name=f"org.example/{name}", visibility=visibility)
    user = UserFactory.create()
    grant(to=user, action=Action.EDIT, pattern="org.example/a", now=CREATED_AT)
    client.force_authenticate(user)

    results = send(
        client,
        *({"op": "disable", "name": f"org.example/{name}"} for name in "abc"),
        {"op": "register", "body": document()},
    )

    assert statuses(results) == [200, 403, 404, 403]
    absent = send(client, {"op": "disable", "name": "org.example/absent"})
    assert results[2]["error"] == absent[0]["error"]


def test_what_nobody_foresaw_leaves_the_others_alone(
    client: APIClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server = ServerFactory.create(name=NAME)
    monkeypatch.setattr(ServerViewSet, "disable", Mock(side_effect=RuntimeError("secret")))

    results = send(
        client,
        {"op": "tag", "name": NAME, "body": {"add": ["sea"]}},
        {"op": "disable", "name": NAME},
        {"op": "tag", "name": NAME, "body": {"add": ["sky"]}},
    )

    assert statuses(results) == [200, 500, 200]
    assert results[1]["error"]["title"] == "Internal Server Error"
    assert "secret" not in str(results)
    assert "RuntimeError: secret" in caplog.text
    assert server.tags.count() == 2


@pytest.mark.parametrize("successor", ["x" * 60_000, "x" * 201, "org.example/absent", 7, None, {}])
def test_a_successor_that_is_none_is_refused_by_itself(client: APIClient, successor: Any) -> None:
    ServerFactory.create(name=NAME, successor=None)

    results = send(
        client,
        {"op": "tag", "name": NAME, "body": {"add": ["sea"]}},
        {"op": "status", "name": NAME, "body": {"status": "deprecated", "successor": successor}},
    )

    assert statuses(results) == [200, 400]
    assert results[1]["error"]["errors"][0]["field"] == "successor"


def test_what_is_refused_is_in_the_audit_trail(client: APIClient) -> None:
    ServerFactory.create(name=NAME, team=TeamFactory.create())

    send(client, {"op": "delete", "name": NAME})

    denied = AuditEvent.objects.get(outcome=AuditEvent.Outcome.DENIED)
    assert (denied.action, denied.subject, denied.actor) == ("bulk delete", NAME, "ada")


def test_the_scopes_of_a_token_count_for_each_change(client: APIClient) -> None:
    ServerFactory.create(name="org.example/a")
    ServerFactory.create(name="org.example/b")
    user = member_of(Team.objects.default(), Role.ADMIN)
    client.force_authenticate(user, token=ApiToken(name="t", scopes=["edit:org.example/a", "view"]))

    results = send(client, *({"op": "disable", "name": f"org.example/{it}"} for it in "ab"))

    assert statuses(results) == [200, 403]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"items": []},
        {"items": {}},
        {"items": [{"op": "enable", "name": NAME}] * 101},
        {"items": [{"op": "enable"}]},
        {"items": [{"op": "approve", "name": NAME}]},
        {"items": [{"op": "register", "name": NAME, "body": {}}]},
        {"items": [{"op": "enable", "name": NAME, "version": "1"}]},
        {"items": [{"op": "enable", "name": "weather"}]},
        {"items": [{"op": "explode", "name": NAME}]},
        {"items": [{"op": "enable", "name": NAME, "ifMatch": "*"}]},
        {"items": [{"op": "update", "name": NAME, "body": []}]},
        {"items": [{"op": "disable", "name": NAME}, None]},
    ],
)
def test_a_list_that_is_wrong_changes_nothing(client: APIClient, body: Any) -> None:
    server = ServerFactory.create(name=NAME)

    assert client.post(BULK, body).status_code == 400
    server.refresh_from_db()
    assert server.edition == 1


def test_nobody_changes_anything_without_credentials() -> None:
    items = [{"op": "enable", "name": NAME}]

    assert APIClient().post(BULK, {"items": items}).status_code == 401


def test_every_operation_declares_what_it_requires() -> None:
    assert {op for op, it in OPERATIONS.items() if it.action not in it.view.required} == set()
