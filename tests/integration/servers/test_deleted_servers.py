"""A deleted server: nobody writes to it, and what comes back with it is what went with it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.access import Role
from accounts.models import Team, User
from accounts.services import create_token
from servers.access import Visibility
from servers.models import RemoteUrl, ReviewState, Server, ServerVersion, Status
from servers.services import (
    InvalidCredential,
    MayNotRestore,
    UrlTaken,
    approve_version,
    delete_server,
    discard_draft,
    publish_version,
    register_server,
    rename_server,
    restore_server,
    set_status,
    submit_version,
    tag_server,
    update_server,
)
from servers.services.credentials import check_credential
from tests.fixtures.factories import administrator, document, member_of

pytestmark = pytest.mark.django_db

NAME = "org.example/weather"
OTHER = "org.example/climate"
OFFICIAL = f"/v0.1/servers/{NAME}"
NOW = timezone.now()
LATER = NOW + timedelta(minutes=1)
URL = "https://weather.example.org/mcp"
ANOTHER_URL = "https://climate.example.org/mcp"


def bearer(user: User) -> APIClient:
    _, clear = create_token(user=user, name="test", now=timezone.now())
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {clear}")
    return client


def at(url: str, **changes: Any) -> dict[str, Any]:
    return document(remotes=[{"type": "streamable-http", "url": url}], **changes)


@pytest.fixture
def weather() -> Server:
    """A server of one approved version and a draft."""
    server = register_server(document=document(), now=NOW, visibility=Visibility.PUBLIC)
    publish_version(server=server, document=document(version="2.0.0"), draft=True, now=NOW)
    return server


def version(number: str, name: str = NAME) -> ServerVersion:
    return ServerVersion.objects.get(server__name=name, version=number)


def statuses() -> dict[str, str]:
    return dict(ServerVersion.objects.values_list("version", "status"))


# --- Who may write to it -----------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MAINTAINER])
def test_who_sees_its_tombstones_writes_nothing_to_it(weather: Server, role: Role) -> None:
    client = bearer(member_of(Team.objects.default(), role))
    delete_server(server=weather, now=NOW)
    before = list(ServerVersion.objects.order_by("pk").values())
    draft, approved = (
        f"{OFFICIAL}/versions/{it}?include_deleted=true" for it in ("2.0.0", "1.0.0")
    )

    assert client.get(approved).status_code == 200
    assert client.put(draft, document(version="2.0.0", title="Evil")).status_code == 404
    assert client.delete(approved).status_code == 404
    assert list(ServerVersion.objects.order_by("pk").values()) == before


def test_who_administers_it_brings_it_back_by_its_status(weather: Server) -> None:
    delete_server(server=weather, now=NOW)

    answer = bearer(administrator()).patch(f"{OFFICIAL}/status", {"status": "active"})

    assert answer.status_code == 200
    assert Server.objects.get().deleted_at is None


@pytest.mark.parametrize(
    "change",
    [
        lambda it: publish_version(server=it, document=document(version="3.0.0"), now=LATER),
        lambda it: update_server(server=it, changes={"category": "x"}, now=LATER),
        lambda it: tag_server(server=it, add=["x"], now=LATER),
        lambda it: rename_server(server=it, name=OTHER, by=None, now=LATER),
        lambda it: set_status(server=it, status=Status.DEPRECATED, now=LATER),
        lambda it: submit_version(version=it.versions.get(version="2.0.0"), by=None, now=LATER),
    ],
    ids=["publish", "update", "tag", "rename", "status", "submit"],
)
def test_a_change_that_comes_after_the_deletion_finds_nothing(
    weather: Server, change: Callable[[Server], Any]
) -> None:
    seen_before = Server.objects.get(pk=weather.pk)
    delete_server(server=weather, now=NOW)
    gone = Server.objects.values().get()

    with pytest.raises(Server.DoesNotExist, match="is deleted"):
        change(seen_before)

    assert Server.objects.values().get() == gone


def test_who_may_not_restore_does_not_undo_a_deletion_either(weather: Server) -> None:
    publish_version(server=weather, document=document(version="3.0.0"), now=NOW)
    set_status(server=weather, status=Status.DELETED, versions=["1.0.0"], now=NOW)

    with pytest.raises(MayNotRestore, match=r"1\.0\.0"):
        set_status(server=weather, status=Status.DEPRECATED, may_restore=False, now=LATER)

    assert statuses() == {"1.0.0": "deleted", "2.0.0": "active", "3.0.0": "active"}


# --- What comes back ---------------------------------------------------------------------------


@pytest.mark.parametrize("back", ["restore", "status"])
def test_a_draft_comes_back_with_its_server_and_can_be_approved(weather: Server, back: str) -> None:
    delete_server(server=weather, now=NOW)

    if back == "restore":
        restore_server(server=weather, now=LATER)
    else:
        set_status(server=weather, status=Status.ACTIVE, now=LATER)
    submit_version(version=version("2.0.0"), by=None, now=LATER)

    assert statuses() == {"1.0.0": "active", "2.0.0": "active"}
    assert Server.objects.get().latest_version.version == "2.0.0"


def test_what_was_deleted_before_stays_so_though_it_was_reworded(weather: Server) -> None:
    publish_version(server=weather, document=document(version="3.0.0"), now=NOW)
    set_status(server=weather, status=Status.DELETED, versions=["1.0.0"], now=NOW)
    delete_server(server=weather, now=LATER)
    reworded_at = LATER + timedelta(minutes=1)
    set_status(server=weather, status=Status.DELETED, message="Gone.", now=reworded_at)
    assert version("1.0.0").updated_at == reworded_at

    restore_server(server=weather, now=reworded_at)

    assert statuses() == {"1.0.0": "deleted", "2.0.0": "active", "3.0.0": "active"}


def test_a_server_whose_last_living_version_is_discarded_is_deleted(weather: Server) -> None:
    set_status(server=weather, status=Status.DELETED, now=NOW)
    assert Server.objects.get().deleted_at is None

    discard_draft(version=version("2.0.0"), now=LATER)

    assert Server.objects.get().deleted_at == LATER
    restore_server(server=weather, now=LATER)
    assert (Server.objects.get().deleted_at, statuses()) == (None, {"1.0.0": "active"})


# --- One address, one server -------------------------------------------------------------------


def _submit_draft(server: Server) -> None:
    submit_version(version=version("2.0.0"), by=None, now=LATER)


def _approve(server: Server) -> None:
    server.versions.filter(version="2.0.0").update(review_state=ReviewState.PENDING)
    approve_version(version=version("2.0.0"), by=None, now=LATER)


def _give_up_the_address(server: Server) -> None:
    """Of what was drafted, the registry knows no address yet."""
    publish_version(server=server, document=at(ANOTHER_URL, version="2.0.0"), draft=True, now=NOW)


@pytest.mark.parametrize("move", [_submit_draft, _approve])
def test_the_address_of_a_draft_that_another_took_meanwhile_is_refused(
    weather: Server, move: Callable[[Server], None]
) -> None:
    _give_up_the_address(weather)
    register_server(document=at(ANOTHER_URL, name=OTHER), now=NOW)

    with pytest.raises(UrlTaken):
        move(weather)

    assert RemoteUrl.objects.get(url=ANOTHER_URL).server.name == OTHER


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        (f"/api/servers/{NAME}/restore", "post", None),
        (f"{OFFICIAL}/status", "patch", {"status": "active"}),
    ],
)
def test_a_server_whose_address_was_taken_does_not_come_back_to_it(
    weather: Server, path: str, method: str, body: Any
) -> None:
    delete_server(server=weather, now=NOW)
    register_server(document=document(name=OTHER), now=NOW)

    answer = getattr(bearer(administrator()), method)(path, body)

    assert (answer.status_code, URL in answer.json()["detail"]) == (409, True)
    weather.refresh_from_db()
    assert weather.deleted_at is not None


# --- Doors -------------------------------------------------------------------------------------


def test_the_admin_says_why_a_server_is_not_restored(weather: Server, client: Client) -> None:
    delete_server(server=weather, now=NOW)
    register_server(document=document(name=OTHER), now=NOW)
    client.force_login(administrator(is_staff=True))
    chosen = {"action": "restore", "_selected_action": [weather.pk]}

    page = client.post("/admin/servers/server/?life=deleted", chosen, follow=True)

    assert "belongs to another server" in page.content.decode()


def test_a_draft_is_saved_with_all_that_others_changed_meanwhile(weather: Server) -> None:
    seen_before = version("2.0.0")
    ServerVersion.objects.filter(pk=seen_before.pk).update(source_status="active")

    submit_version(version=seen_before, by=None, now=LATER)

    assert version("2.0.0").source_status == "active"


def test_a_deleted_server_is_not_given_credentials(weather: Server) -> None:
    delete_server(server=weather, now=NOW)
    with pytest.raises(InvalidCredential, match="is deleted"):
        check_credential(server=weather, header="X-Api-Key", value="secret")
