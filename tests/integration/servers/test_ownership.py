"""Whose a server is, whom to ask, what it is labelled with and what comes after it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.access import Role
from accounts.models import AuditEvent, Team, User
from servers import services
from servers.access import Visibility
from servers.models import Server, Status
from tests.fixtures.factories import ServerFactory, TeamFactory, UserFactory, document, member_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
WEATHER = "/api/servers/org.example/weather"
FIELDS = {
    "contact": "#weather on chat",
    "runbook_url": "https://wiki.example.org/weather",
    "labels": {"tier": "one", "cost-centre": "4711", "example.org/region": "eu-west"},
    "pinned": True,
}


def client_of(user: User | None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


def with_role(role: Role, **columns: Any) -> APIClient:
    return client_of(member_of(Team.objects.default(), role, **columns))


@pytest.fixture
def server() -> Server:
    return ServerFactory.create(name="org.example/weather")


@pytest.fixture
def editor() -> APIClient:
    return with_role(Role.MAINTAINER)


def names(client: APIClient, **parameters: str) -> list[str]:
    return [row["name"] for row in client.get("/api/servers", parameters).json()["results"]]


# --- Fields --------------------------------------------------------------------------------------


def test_editors_say_whom_to_ask_and_what_it_belongs_to(editor: APIClient, server: Server) -> None:
    shown = editor.patch(WEATHER, FIELDS).json()

    assert {name: shown[name] for name in FIELDS} == FIELDS
    after = AuditEvent.objects.get(action="server.update").after or {}
    assert after.items() >= FIELDS.items()


def test_a_server_is_registered_with_all_of_it(editor: APIClient) -> None:
    other = ServerFactory.create(name="org.example/next")
    shown = editor.post("/api/servers", document(**FIELDS, successor=other.name)).json()

    assert {name: shown[name] for name in FIELDS} == FIELDS
    assert (shown["successor"], "labels" in shown["document"]) == (other.name, False)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("contact", "x" * 201),
        ("runbook_url", "javascript:alert(1)"),
        ("runbook_url", "ftp://example.org/"),
        ("labels", ["tier"]),
        ("labels", {"tier": {"deep": 1}}),
        ("labels", {"tier": "x" * 201}),
        ("labels", {"Tier": "one"}),
        ("labels", {"tier-": "one"}),
        ("labels", {"": "one"}),
        ("labels", {"42": "digits alone"}),
        ("labels", {"k" * 64: "one"}),
        ("labels", {f"key{n}": "one" for n in range(51)}),
        ("successor", "org.example/absent"),
        ("successor", 7),
        ("pinned", "perhaps"),
        ("owner", "nobody-of-this-name"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(
    server: Server, field: str, value: Any
) -> None:
    answer = with_role(Role.ADMIN).patch(WEATHER, {field: value, "category": "sky"})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith(field)
    server.refresh_from_db()
    assert (server.edition, server.category) == (1, "")


# --- Successor -----------------------------------------------------------------------------------


def test_a_successor_is_shown_to_those_who_see_it(editor: APIClient, server: Server) -> None:
    successor = ServerFactory.create(name="org.example/Next")
    editor.patch(WEATHER, {"successor": "org.example/next"})
    assert client_of(None).get(WEATHER).json()["successor"] == "org.example/Next"
    assert names(client_of(None), successor="ORG.example/next") == ["org.example/weather"]

    Server.objects.filter(pk=successor.pk).update(visibility=Visibility.PRIVATE)
    assert client_of(None).get(WEATHER).json()["successor"] is None
    assert names(client_of(None), successor="org.example/next") == []
    assert "next" not in Client().get("/servers/org.example/weather").content.decode().lower()


def test_a_hidden_successor_is_answered_like_an_absent_one(
    editor: APIClient, server: Server
) -> None:
    ServerFactory.create(name="org.example/hidden", visibility=Visibility.PRIVATE)

    answers = [
        editor.patch(WEATHER, {"successor": f"org.example/{name}"}).content.decode()
        for name in ("hidden", "absent")
    ]

    assert answers[0] == answers[1].replace("absent", "hidden")


def test_nothing_succeeds_itself_or_its_own_successor(editor: APIClient, server: Server) -> None:
    other = ServerFactory.create(name="org.example/next", successor=server)

    for name in ("org.example/weather", other.name):
        answer = editor.patch(WEATHER, {"successor": name})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == "successor"
    with pytest.raises(services.InvalidSuccessor):
        services.set_status(server=server, status=Status.DEPRECATED, successor=other, now=NOW)


def test_a_successor_is_taken_back(editor: APIClient, server: Server) -> None:
    Server.objects.update(successor=ServerFactory.create())

    assert editor.patch(WEATHER, {"successor": None}).json()["successor"] is None


# --- Owner ---------------------------------------------------------------------------------------


def test_who_administers_a_server_gives_it_to_somebody_they_know(server: Server) -> None:
    member_of(Team.objects.default(), Role.CONTRIBUTOR, username="grace")
    admin = with_role(Role.ADMIN)

    assert admin.patch(WEATHER, {"owner": "grace"}).json()["owner"] == "grace"
    assert names(admin, owner="grace") == ["org.example/weather"]
    assert admin.patch(WEATHER, {"owner": None}).json()["owner"] is None


def test_who_only_edits_it_does_not(editor: APIClient, server: Server) -> None:
    member_of(Team.objects.default(), Role.CONTRIBUTOR, username="grace")

    assert editor.patch(WEATHER, {"owner": "grace"}).status_code == 403
    assert with_role(Role.CONTRIBUTOR).patch(WEATHER, {"owner": "grace"}).status_code == 403
    server.refresh_from_db()
    assert server.registered_by is None


def test_whether_a_stranger_exists_nobody_learns(server: Server) -> None:
    member_of(TeamFactory.create(), Role.ADMIN, username="stranger")
    User.objects.get(username="stranger").memberships.filter(team__slug="default").delete()
    admin = with_role(Role.ADMIN)

    answers = [admin.patch(WEATHER, {"owner": name}) for name in ("stranger", "absentee")]

    assert [answer.status_code for answer in answers] == [400, 400]
    first, second = (answer.json()["detail"] for answer in answers)
    assert first.replace("stranger", "absentee") == second


def test_an_owner_is_named_to_those_who_are_signed_in(server: Server) -> None:
    Server.objects.update(registered_by=UserFactory.create(username="grace"))

    assert client_of(UserFactory.create()).get(WEATHER).json()["owner"] == "grace"
    assert client_of(None).get(WEATHER).json()["owner"] is None
    assert names(client_of(None), owner="grace") == []
    assert "grace" not in Client().get("/servers/org.example/weather").content.decode()


# --- Labels --------------------------------------------------------------------------------------


def test_the_list_narrows_by_labels(editor: APIClient, server: Server) -> None:
    editor.patch(WEATHER, FIELDS)
    ServerFactory.create(
        name="org.example/other", labels={"tier": "two", "note": "a:b", "a__b": "true"}
    )

    assert names(editor, label="tier:one") == ["org.example/weather"]
    assert names(editor, label="example.org/region:eu-west") == ["org.example/weather"]
    assert names(editor, label="note:a:b") == ["org.example/other"]
    assert names(editor, label="a__b:true") == ["org.example/other"]
    assert len(names(editor, label="tier")) == 2
    assert names(editor, label="tier:on") == names(editor, label="absent") == []
    assert editor.get("/api/servers", {"label": "Tier:one"}).status_code == 400
    assert editor.get("/api/servers", {"label": "0:one"}).status_code == 400


# --- Pages ---------------------------------------------------------------------------------------


def test_the_page_shows_all_of_it(server: Server) -> None:
    successor = ServerFactory.create(name="org.example/next")
    changes = services.ServerChanges(
        contact="#weather",
        runbook_url="https://wiki.example.org/weather",
        labels={"tier": "one"},
        aliases=["meteo"],
    )
    services.update_server(server=server, changes=changes, now=NOW)
    services.star(server=server, user=UserFactory.create(), now=NOW)
    services.set_status(
        server=server, status=Status.DEPRECATED, message="Too slow", successor=successor, now=NOW
    )

    page = Client().get("/servers/org.example/weather").content.decode()

    for said in ("#weather", "tier: one", "meteo", "1 star", "deprecated: Too slow"):
        assert said in page
    assert 'href="https://wiki.example.org/weather"' in page
    assert 'href="/servers/org.example/next"' in page
