"""What a change is based on: nobody overwrites what they have not seen."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.access import Action
from accounts.models import AuditEvent
from accounts.services import grant
from servers.models import Server
from tests.fixtures.factories import (
    CREATED_AT,
    ServerFactory,
    UserFactory,
    administrator,
    document,
    maintainer,
)

pytestmark = pytest.mark.django_db

NAME = "org.example/weather"
WEATHER = f"/api/servers/{NAME}"
# Every method of an address below a server that changes something, with a body it takes.
CHANGES = [
    ("put", "", document()),
    ("patch", "", {"category": "W"}),
    ("patch", "/status", {"status": "deprecated"}),
    ("post", "/tags", {"add": ["sky"]}),
    ("post", "/enable", None),
    ("post", "/disable", None),
    ("post", "/rename", {"name": "org.example/rain"}),
    ("delete", "", None),
    ("delete", "/versions/1.0.0", None),
    ("patch", "/versions/1.0.0/status", {"status": "deprecated"}),
    ("post", "/versions/1.0.0/submit", None),
    ("post", "/versions/1.0.0/withdraw", None),
    ("post", "/versions/1.0.0/approve", None),
    ("post", "/versions/1.0.0/reject", {"reason": "no"}),
    ("post", "/grants", {"user": "x", "action": "view"}),
    ("post", "/check", None),
]


def client_of(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def root() -> APIClient:
    return client_of(administrator(username="root"))


@pytest.fixture
def weather() -> Server:
    return ServerFactory.create(name=NAME)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", WEATHER, None),
        ("put", WEATHER, document(version="2.0.0")),
        ("patch", WEATHER, {"category": "W"}),
        ("post", f"{WEATHER}/disable", None),
        ("get", f"{WEATHER}/versions/1.0.0", None),
    ],
)
def test_an_answer_names_the_edition_it_shows(
    root: APIClient, weather: Server, method: str, path: str, body: Any
) -> None:
    response = getattr(root, method)(path, body)

    weather.refresh_from_db()
    assert response.headers["ETag"] == f'"{weather.edition}"'


def test_a_registration_is_answered_with_the_first_edition(root: APIClient) -> None:
    assert root.post("/api/servers", document()).headers["ETag"] == '"1"'


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_a_stale_change_is_refused_and_changes_nothing(
    root: APIClient, weather: Server, method: str, path: str, body: Any
) -> None:
    root.patch(WEATHER, {"category": "Meanwhile"})
    events = AuditEvent.objects.count()

    response = getattr(root, method)(WEATHER + path, body, headers={"If-Match": '"1"'})

    assert response.status_code == 412
    assert response.headers["Content-Type"] == "application/problem+json"
    assert AuditEvent.objects.count() == events


def test_a_stale_change_is_told_what_changed_since(root: APIClient, weather: Server) -> None:
    root.patch(WEATHER, {"category": "First"})
    root.patch(WEATHER, {"category": "Second", "tags": ["sky"]})

    refused = root.patch(WEATHER, {"category": "Mine"}, headers={"If-Match": '"2"'}).json()

    [change] = refused["changes"]
    assert (change["actor"], change["action"], change["edition"]) == ("root", "server.update", 3)
    assert change["before"] == {"category": "First", "tags": []}
    assert {"category": "Second", "tags": ["sky"]}.items() <= change["after"].items()


def test_who_may_not_edit_is_not_told_what_changed(root: APIClient, weather: Server) -> None:
    prober = UserFactory.create()
    grant(to=prober, action=Action.PROBE, pattern=NAME, now=CREATED_AT)
    root.patch(WEATHER, {"category": "Meanwhile"})

    refused = client_of(prober).post(f"{WEATHER}/check", headers={"If-Match": '"1"'})

    assert (refused.status_code, refused.json()["changes"]) == (412, [])


@pytest.mark.parametrize("seen", ['"1"', '"7", "1"', ' "1"', '"0","1"', "*", 'W/"1", "1"'])
def test_a_change_of_what_was_seen_is_made(root: APIClient, weather: Server, seen: str) -> None:
    response = root.patch(WEATHER, {"category": "W"}, headers={"If-Match": seen})

    assert response.status_code == 200


@pytest.mark.parametrize("seen", ['W/"1"', '"x"', '"2", "3"', '""', '"01"', f'"{"9" * 500}"'])
def test_another_tag_is_not_the_one(root: APIClient, weather: Server, seen: str) -> None:
    response = root.patch(WEATHER, {"category": "W"}, headers={"If-Match": seen})

    assert response.status_code == 412


@pytest.mark.parametrize(
    ("seen", "why"), [('"7"', "there was no edition 7"), ('"x"', "your If-Match names no edition")]
)
def test_an_edition_that_never_was_is_no_change_since(
    root: APIClient, weather: Server, seen: str, why: str
) -> None:
    refused = root.patch(WEATHER, {"category": "W"}, headers={"If-Match": seen})

    assert refused.json()["detail"] == f"{NAME} is at edition 1: {why}."


@pytest.mark.parametrize("seen", ["", "1", '"1', "**", '"1";"2"', "W/1", '* , "1"'])
def test_what_is_no_precondition_is_refused(root: APIClient, weather: Server, seen: str) -> None:
    response = root.patch(WEATHER, {"category": "W"}, headers={"If-Match": seen})

    assert response.status_code == 400
    assert "If-Match" in response.json()["detail"]


def test_a_change_that_changes_nothing_keeps_the_edition(root: APIClient, weather: Server) -> None:
    root.patch(WEATHER, {"enabled": True})

    assert root.get(WEATHER).headers["ETag"] == '"1"'


def test_a_name_is_found_in_any_case_and_answered_as_it_is(
    root: APIClient, weather: Server
) -> None:
    address = "/api/servers/ORG.example/Weather"

    assert root.get(address).json()["name"] == NAME
    assert root.patch(address, {"category": "W"}).json()["name"] == NAME
    assert root.get(f"{address}/versions").json()["count"] == 1
    asked = root.get("/api/me/permissions", {"server": "ORG.example/Weather"})
    assert asked.json()["server"] == NAME


def test_without_a_precondition_the_last_change_counts(weather: Server) -> None:
    first, second = client_of(maintainer()), client_of(maintainer())

    first.patch(WEATHER, {"category": "First"})
    second.patch(WEATHER, {"category": "Second"})

    weather.refresh_from_db()
    assert (weather.category, weather.edition) == ("Second", 3)
