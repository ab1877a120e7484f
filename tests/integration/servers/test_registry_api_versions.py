"""The versions of one server in the official API: read, and their lifecycle changed."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from rest_framework.test import APIClient

from accounts.access import Role
from accounts.models import AuditEvent, Team, User
from servers.access import Visibility
from servers.models import ReviewState, Server, ServerVersion, Status
from servers.services import delete_server, set_status
from tests.fixtures.factories import (
    CREATED_AT,
    ServerFactory,
    ServerVersionFactory,
    administrator,
    maintainer,
    member_of,
)
from tests.fixtures.official_registry import OFFICIAL_META
from tests.fixtures.registry_clients import with_token

pytestmark = pytest.mark.django_db

NAME = "org.example/tides"
LATER = CREATED_AT + timedelta(days=1)
ODD = "1.0.0-β 2/3+build.7?#%"


def at(*parts: str, name: str = NAME) -> str:
    return "/".join([f"/v0.1/servers/{quote(name, safe='')}", *parts])


def version_at(version: str, *more: str) -> str:
    return at("versions", quote(version, safe=""), *more)


def admin() -> User:
    return member_of(Team.objects.default(), Role.ADMIN)


@pytest.fixture
def server() -> Server:
    """A public server: 1.0.0, and 2.0.0 which is the latest."""
    server: Server = ServerFactory.create(name=NAME, version__version="2.0.0")
    before = CREATED_AT - timedelta(days=1)
    ServerVersionFactory.create(
        server=server, version="1.0.0", is_latest=False, published_at=before
    )
    return server


def read(path: str, client: APIClient | None = None, **query: Any) -> Any:
    answer = (client or APIClient()).get(path, query)
    return answer.json() if answer.status_code == 200 else answer.status_code


def official(entry: dict[str, Any]) -> dict[str, Any]:
    meta: dict[str, Any] = entry["_meta"][OFFICIAL_META]
    return meta


# --- Read --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("server")
def test_versions_are_listed_newest_first() -> None:
    body = read(at("versions"))

    assert [entry["server"]["version"] for entry in body["servers"]] == ["2.0.0", "1.0.0"]
    assert [official(entry)["isLatest"] for entry in body["servers"]] == [True, False]
    assert body["metadata"] == {"count": 2}


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("path", [f"/v0.1/servers/{NAME}", at(), f"/v0/servers/{NAME}"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_name_may_be_written_with_its_slash_or_encoded(path: str, slash: str) -> None:
    assert len(read(f"{path}/versions{slash}")["servers"]) == 2
    assert read(f"{path}/versions/latest{slash}")["server"]["version"] == "2.0.0"
    assert read(f"{path}/versions/1.0.0{slash}")["server"]["version"] == "1.0.0"


def test_a_version_may_have_any_characters(server: Server) -> None:
    ServerVersionFactory.create(server=server, version=ODD, is_latest=False)

    assert read(version_at(ODD))["server"]["version"] == ODD


@pytest.mark.parametrize("path", [at("versions"), version_at("latest"), version_at("1.0.0")])
def test_what_is_hidden_is_answered_like_what_is_absent(path: str, server: Server) -> None:
    absent = APIClient().get(path.replace("tides", "moon"))
    Server.objects.update(visibility=Visibility.PRIVATE)
    hidden = APIClient().get(path)

    assert hidden.status_code == absent.status_code == 404
    assert hidden.json() == absent.json()
    assert hidden.json()["error"] == hidden.json()["detail"]


@pytest.mark.parametrize("state", set(ReviewState) - {ReviewState.APPROVED})
def test_what_is_not_approved_has_no_address(state: ReviewState, server: Server) -> None:
    server.versions.update(review_state=state)
    client = with_token(administrator())

    assert [read(path, client) for path in (at("versions"), version_at("latest"))] == [404, 404]
    assert read(version_at("2.0.0"), client) == 404


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("version", ["3.0.0", "LATEST", "1.0.0/2", "\0"])
def test_another_version_is_not_there(version: str) -> None:
    assert read(version_at(version)) == 404


def test_deleted_versions_are_shown_where_that_is_asked_for(server: Server) -> None:
    set_status(server=server, status=Status.DELETED, versions=["2.0.0"], now=LATER)

    assert read(version_at("2.0.0")) == 404
    assert read(version_at("latest"))["server"]["version"] == "1.0.0"
    assert len(read(at("versions"))["servers"]) == 1
    gone = read(version_at("2.0.0"), include_deleted="true")
    assert official(gone)["status"] == "deleted"
    assert len(read(at("versions"), include_deleted="true")["servers"]) == 2
    assert read(at("versions"), include_deleted="perhaps") == 400


def test_a_deleted_server_is_absent_but_for_its_tombstones(server: Server) -> None:
    delete_server(server=server, now=LATER)

    assert read(at("versions")) == read(version_at("latest")) == 404
    assert len(read(at("versions"), include_deleted="true")["servers"]) == 2
    assert official(read(version_at("latest"), include_deleted="true"))["status"] == "deleted"


# --- Lifecycle ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("server")
def test_a_maintainer_deprecates_a_version_and_takes_it_back() -> None:
    client = with_token(maintainer())
    body = {"status": "deprecated", "statusMessage": "Use 2.0.0."}

    done = client.patch(version_at("1.0.0", "status"), body)

    assert done.status_code == 200
    meta = official(done.json())
    assert (meta["status"], meta["statusMessage"]) == ("deprecated", "Use 2.0.0.")
    assert meta["updatedAt"] == meta["statusChangedAt"] > meta["publishedAt"]
    again = client.patch(version_at("1.0.0", "status"), {"status": "active"}).json()
    assert official(again)["status"] == "active"
    assert "statusMessage" not in official(again)
    assert official(read(version_at("2.0.0")))["status"] == "active"


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    "body",
    [
        {"status": "active"},
        {"status": "active", "statusMessage": "Fine."},
        {"status": "gone"},
        {"status": "deprecated", "statusMessage": "x" * 501},
        {},
        [],
    ],
)
@pytest.mark.parametrize("path", [at("status"), version_at("1.0.0", "status")])
def test_a_change_that_is_none_or_wrong_is_refused(path: str, body: Any) -> None:
    answer = with_token(admin()).patch(path, body)

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert not ServerVersion.objects.filter(updated_at__gt=CREATED_AT).exists()


def test_all_versions_change_together(server: Server) -> None:
    body = {"status": "deprecated", "statusMessage": "Unmaintained."}

    done = with_token(maintainer()).patch(at("status"), body).json()

    assert done["updatedCount"] == len(done["servers"]) == 2
    assert {official(entry)["status"] for entry in done["servers"]} == {"deprecated"}


@pytest.mark.usefixtures("server")
def test_a_version_is_deleted_and_restored_by_who_administers() -> None:
    client = with_token(admin())

    deleted = client.delete(version_at("2.0.0"))

    assert deleted.status_code == 200
    assert official(deleted.json())["status"] == "deleted"
    assert read(version_at("latest"))["server"]["version"] == "1.0.0"
    assert client.delete(version_at("2.0.0")).status_code == 404
    client.patch(version_at("2.0.0", "status"), {"status": "active"})
    assert read(version_at("latest"))["server"]["version"] == "2.0.0"


def test_a_maintainer_does_not_bring_back_what_was_deleted(server: Server) -> None:
    set_status(server=server, status=Status.DELETED, versions=["2.0.0"], now=LATER)

    for path in (version_at("2.0.0", "status"), at("status")):
        assert with_token(maintainer()).patch(path, {"status": "active"}).status_code == 403


def test_deleting_all_deletes_the_server_and_making_one_active_restores_it(server: Server) -> None:
    client = with_token(admin())

    assert client.patch(at("status"), {"status": "deleted"}).status_code == 200
    server.refresh_from_db()
    assert server.deleted_at is not None
    assert client.patch(version_at("1.0.0", "status"), {"status": "active"}).status_code == 200

    assert [entry["server"]["version"] for entry in read(at("versions"))["servers"]] == ["1.0.0"]
    assert AuditEvent.objects.filter(subject=NAME, outcome="done").count() == 2


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("patch", at("status")),
        ("patch", version_at("1.0.0", "status")),
        ("delete", version_at("1.0.0")),
        ("put", version_at("1.0.0")),
    ],
)
def test_changes_are_for_those_who_may(method: str, path: str) -> None:
    viewer = member_of(Team.objects.default(), Role.VIEWER)
    body = {"status": "deleted"}

    assert getattr(APIClient(), method)(path, body).status_code == 401
    assert getattr(with_token(viewer), method)(path, body).status_code == 403
    if method != "put":
        assert getattr(with_token(maintainer()), method)(path, body).status_code == 403
    Server.objects.update(visibility=Visibility.PRIVATE)
    assert getattr(with_token(viewer), method)(path, body).status_code == 404
    assert not ServerVersion.objects.filter(status=Status.DELETED).exists()


def test_a_deleted_server_is_changed_by_nobody_but_who_may_restore_it(server: Server) -> None:
    delete_server(server=server, now=LATER)

    answer = with_token(maintainer()).patch(at("status"), {"status": "active"})

    assert answer.status_code == 404


def test_a_change_based_on_an_older_state_is_refused(server: Server) -> None:
    client = with_token(maintainer())
    body = {"status": "deprecated"}

    stale = client.patch(at("status"), body, headers={"If-Match": f'"{server.edition + 1}"'})

    assert stale.status_code == 412
    fresh = client.patch(at("status"), body, headers={"If-Match": f'"{server.edition}"'})
    assert fresh.status_code == 200
