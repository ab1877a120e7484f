"""What was done to a server, for those who look after it."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.access import Action, Role
from accounts.models import Team, User
from accounts.services import grant
from servers.access import Visibility
from servers.models import Server
from servers.services import delete_server, purge_deleted, update_server
from tests.fixtures.factories import (
    CREATED_AT,
    ServerFactory,
    UserFactory,
    administrator,
    document,
    maintainer,
    member_of,
)

pytestmark = pytest.mark.django_db

NAME = "org.example/weather"
WEATHER = f"/api/servers/{NAME}"
HISTORY = f"{WEATHER}/history"


def client_of(user: User | None = None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


@pytest.fixture
def editor() -> APIClient:
    return client_of(maintainer(username="ada"))


def test_every_change_is_told_the_newest_first(editor: APIClient) -> None:
    editor.post("/api/servers", document())
    editor.patch(WEATHER, {"category": "W"})
    editor.put(WEATHER, document(version="2.0.0"))

    told = editor.get(HISTORY).json()["results"]

    assert [(row["action"], row["edition"]) for row in told] == [
        ("server.publish", 3),
        ("server.update", 2),
        ("server.register", 1),
    ]
    assert {row["actor"] for row in told} == {"ada"}
    assert told[1]["before"] == {"category": ""}


def test_it_is_read_page_by_page(editor: APIClient) -> None:
    editor.post("/api/servers", document())
    for number in range(4):
        editor.patch(WEATHER, {"category": str(number)})

    address, editions = f"{HISTORY}?limit=2", []
    while address:
        page = editor.get(address).json()
        editions += [row["edition"] for row in page["results"]]
        address = page["next"]

    assert editions == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("action", "status"),
    [(Action.EDIT, 200), (Action.REVIEW, 200), (Action.VIEW, 403), (Action.ADMINISTER, 403)],
)
def test_it_is_for_those_who_edit_or_review(action: Action, status: int) -> None:
    ServerFactory.create(name=NAME)
    user = UserFactory.create()
    grant(to=user, action=action, pattern=NAME, now=CREATED_AT)

    assert client_of(user).get(HISTORY).status_code == status
    assert client_of().get(HISTORY).status_code == 401


def test_who_was_granted_what_is_no_part_of_it(editor: APIClient) -> None:
    ServerFactory.create(name=NAME)
    admin = client_of(member_of(Team.objects.default(), Role.ADMIN))
    UserFactory.create(username="eve")
    admin.post(f"{WEATHER}/grants", {"user": "eve", "action": "view"})

    assert editor.get(HISTORY).json()["results"] == []


def test_a_successor_is_named_to_those_who_see_it(editor: APIClient) -> None:
    server = ServerFactory.create(name=NAME)
    old, new = (ServerFactory.create(name=f"org.example/{it}") for it in ("old", "Secret"))
    update_server(server=server, changes={"successor": old}, now=CREATED_AT)
    update_server(server=server, changes={"successor": new}, now=CREATED_AT)
    Server.objects.filter(pk=new.pk).update(visibility=Visibility.PRIVATE)

    def told(client: APIClient) -> Any:
        newest = client.get(HISTORY).json()["results"][0]
        return newest["before"]["successor"], newest["after"]["successor"]

    assert told(editor) == ("org.example/old", None)
    assert told(client_of(administrator())) == ("org.example/old", "org.example/Secret")
    stale = editor.patch(WEATHER, {"category": "W"}, headers={"If-Match": '"1"'})
    assert [each["after"]["successor"] for each in stale.json()["changes"]] == [
        None,
        "org.example/old",
    ]


def test_an_earlier_server_of_the_name_is_not_told_of(editor: APIClient) -> None:
    editor.post("/api/servers", document())
    editor.patch(WEATHER, {"category": "Secret of the first"})
    first = Server.objects.get()
    delete_server(server=first, now=CREATED_AT)
    purge_deleted(before=CREATED_AT.replace(year=2030), now=CREATED_AT)

    editor.post("/api/servers", document())

    told = editor.get(HISTORY).json()["results"]
    assert [row["action"] for row in told] == ["server.register"]
