"""The life of what is approved: deprecated, deleted, restored, renamed, purged."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.access import Action, Role
from accounts.models import AuditEvent, Grant, Team, User
from accounts.services import grant
from servers.models import Server, ServerVersion, Status
from tests.fixtures.factories import (
    CREATED_AT,
    ServerFactory,
    ServerVersionFactory,
    UserFactory,
    document,
    maintainer,
    member_of,
)

pytestmark = pytest.mark.django_db

NAME = "org.example/weather"
WEATHER = f"/api/servers/{NAME}"


def client_of(user: User | None = None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


@pytest.fixture
def admin() -> APIClient:
    """Administers the servers of the default team."""
    return client_of(member_of(Team.objects.default(), Role.ADMIN))


@pytest.fixture
def editor() -> APIClient:
    return client_of(maintainer())


@pytest.fixture
def weather() -> Server:
    """A server of two versions."""
    server = ServerFactory.create(name=NAME, version=None)
    ServerVersionFactory.create(server=server, version="1.0.0", is_latest=False)
    ServerVersionFactory.create(server=server, version="2.0.0")
    return server


def names_in(response: Any) -> list[str]:
    return [row["name"] for row in response.json()["results"]]


def statuses() -> dict[str, str]:
    return dict(ServerVersion.objects.values_list("version", "status"))


# --- Status ------------------------------------------------------------------------------------


def test_a_deprecated_server_says_why_and_what_instead(editor: APIClient, weather: Server) -> None:
    ServerFactory.create(name="org.example/climate")
    body = {
        "status": "deprecated",
        "status_message": "Too old.",
        "successor": "org.example/climate",
    }

    answer = editor.patch(f"{WEATHER}/status", body)

    assert answer.status_code == 200
    shown = client_of().get(WEATHER).json()
    assert {name: shown[name] for name in body} == body
    assert statuses() == {"1.0.0": "deprecated", "2.0.0": "deprecated"}
    after = AuditEvent.objects.get(action="server.deprecate").after
    assert after is not None
    assert (after["message"], after["successor"]) == ("Too old.", "org.example/climate")


def test_one_version_is_deprecated_alone(editor: APIClient, weather: Server) -> None:
    answer = editor.patch(f"{WEATHER}/versions/1.0.0/status", {"status": "deprecated"})

    assert (answer.status_code, answer.json()["status"]) == (200, "deprecated")
    assert statuses() == {"1.0.0": "deprecated", "2.0.0": "active"}


def test_the_same_status_again_is_no_change(editor: APIClient, weather: Server) -> None:
    body = {"status": "deprecated", "status_message": "Old."}
    first = editor.patch(f"{WEATHER}/status", body)

    again = editor.patch(f"{WEATHER}/status", body)

    assert (again.status_code, again.headers["ETag"]) == (200, first.headers["ETag"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "status"),
        ({"status": "gone"}, "status"),
        ({"status": "active", "status_message": "Why?"}, "status_message"),
        ({"status": "deprecated", "status_message": "x" * 501}, "status_message"),
        ({"status": "deprecated", "successor": "org.example/absent"}, "successor"),
        ({"status": "deprecated", "statusMessage": "x"}, "statusMessage"),
    ],
)
def test_a_status_that_cannot_be_is_refused_by_its_field(
    editor: APIClient, weather: Server, body: Any, field: str
) -> None:
    response = editor.patch(f"{WEATHER}/status", body)

    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert set(statuses().values()) == {"active"}


def test_the_latest_version_is_the_highest_that_is_not_deleted(
    admin: APIClient, weather: Server
) -> None:
    admin.patch(f"{WEATHER}/versions/2.0.0/status", {"status": "deleted"})
    assert client_of().get(WEATHER).json()["version"] == "1.0.0"
    assert client_of().get(f"{WEATHER}/versions/2.0.0").status_code == 404

    admin.patch(f"{WEATHER}/versions/2.0.0/status", {"status": "active"})
    assert client_of().get(WEATHER).json()["version"] == "2.0.0"


@pytest.mark.parametrize("path", ["/status", "/versions/2.0.0/status"])
def test_to_delete_and_to_bring_back_is_to_administer(
    admin: APIClient, editor: APIClient, weather: Server, path: str
) -> None:
    assert editor.patch(WEATHER + path, {"status": "deleted"}).status_code == 403
    assert set(statuses().values()) == {"active"}

    admin.patch(f"{WEATHER}/versions/2.0.0/status", {"status": "deleted"})

    assert editor.patch(WEATHER + path, {"status": "active"}).status_code == 403
    assert statuses()["2.0.0"] == "deleted"


# --- Deleted and restored ----------------------------------------------------------------------


def test_a_deleted_server_is_there_for_nobody_and_can_be_restored(
    admin: APIClient, editor: APIClient, weather: Server
) -> None:
    editor.patch(f"{WEATHER}/versions/1.0.0/status", {"status": "deprecated"})

    assert admin.delete(WEATHER).status_code == 204

    assert {client.get(WEATHER).status_code for client in (admin, editor, client_of())} == {404}
    assert names_in(admin.get("/api/servers?deleted=true")) == [NAME]
    assert names_in(editor.get("/api/servers?deleted=true")) == []
    assert names_in(admin.get("/api/servers?deleted=false")) == []

    restored = admin.post(f"{WEATHER}/restore")

    assert (restored.status_code, restored.json()["deleted_at"]) == (200, None)
    assert statuses() == {"1.0.0": "deprecated", "2.0.0": "active"}
    assert client_of().get(WEATHER).status_code == 200


def test_who_may_not_restore_finds_nothing_to_restore(
    admin: APIClient, editor: APIClient, weather: Server
) -> None:
    admin.delete(WEATHER)
    absent = editor.post("/api/servers/org.example/absent/restore")

    refused = editor.post(f"{WEATHER}/restore")

    assert (refused.status_code, refused.json()) == (404, absent.json())
    assert client_of().post(f"{WEATHER}/restore").status_code == 401


def test_what_is_not_deleted_is_not_restored(admin: APIClient, weather: Server) -> None:
    assert admin.post(f"{WEATHER}/restore").status_code == 404


def test_the_name_of_a_deleted_server_stays_taken(admin: APIClient, weather: Server) -> None:
    admin.delete(WEATHER)

    assert admin.post("/api/servers", document()).status_code == 409


def test_to_set_every_version_to_deleted_is_to_delete(admin: APIClient, weather: Server) -> None:
    answer = admin.patch(f"{WEATHER}/status", {"status": "deleted", "status_message": "Moved."})

    assert answer.json()["deleted_at"] is not None
    assert admin.get(WEATHER).status_code == 404


# --- Renamed -----------------------------------------------------------------------------------


def test_a_renamed_server_is_there_under_its_new_name(admin: APIClient, weather: Server) -> None:
    admin.patch(WEATHER, {"tags": ["sky"], "category": "W"})

    renamed = admin.post(f"{WEATHER}/rename", {"name": "org.example/climate"})

    assert renamed.status_code == 201
    answer = renamed.json()
    assert (answer["name"], answer["tags"], answer["category"]) == (
        "org.example/climate",
        ["sky"],
        "W",
    )
    assert answer["document"]["name"] == "org.example/climate"
    assert admin.get(WEATHER).status_code == 404
    [old] = admin.get("/api/servers?deleted=true").json()["results"]
    assert (old["name"], old["successor"]) == (NAME, "org.example/climate")


@pytest.mark.parametrize(
    ("name", "status"), [("org.example/taken", 409), ("no name", 400), ("", 400), (None, 400)]
)
def test_a_name_that_cannot_be_had_is_refused(
    admin: APIClient, weather: Server, name: Any, status: int
) -> None:
    ServerFactory.create(name="org.example/taken")

    assert admin.post(f"{WEATHER}/rename", {"name": name}).status_code == status
    assert admin.get(WEATHER).status_code == 200


def test_to_rename_one_may_also_register_the_name(weather: Server) -> None:
    user = UserFactory.create()
    grant(to=user, action=Action.ADMINISTER, pattern=NAME, now=CREATED_AT)

    refused = client_of(user).post(f"{WEATHER}/rename", {"name": "org.example/climate"})

    assert refused.status_code == 403


# --- Tags --------------------------------------------------------------------------------------


def test_tags_are_added_and_removed_beside_others(editor: APIClient, weather: Server) -> None:
    editor.patch(WEATHER, {"tags": ["sea", "sky"]})

    answer = editor.post(f"{WEATHER}/tags", {"add": [" Rain "], "remove": ["sea", "none"]})

    assert sorted(answer.json()["tags"]) == ["rain", "sky"]
    assert editor.post(f"{WEATHER}/tags", {"add": ["x" * 51]}).status_code == 400


# --- Purged ------------------------------------------------------------------------------------


def purge(*arguments: str) -> str:
    printed = StringIO()
    call_command("purge_deleted", *arguments, stdout=printed)
    return printed.getvalue()


@pytest.fixture
def deleted_long_ago(admin: APIClient, weather: Server) -> Server:
    grant(to=UserFactory.create(), action=Action.VIEW, pattern=NAME, now=CREATED_AT)
    admin.delete(WEATHER)
    Server.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    return weather


def test_what_was_deleted_long_ago_is_purged_with_its_grants(deleted_long_ago: Server) -> None:
    assert purge() == f"Purged {NAME}\nPurged 1 server(s).\n"

    assert not Server.objects.exists()
    assert not Grant.objects.filter(pattern=NAME).exists()
    assert AuditEvent.objects.filter(action="server.purge", subject=NAME).exists()


def test_a_dry_run_purges_nothing(deleted_long_ago: Server) -> None:
    assert purge("--dry-run") == f"Would purge {NAME}\nWould purge 1 server(s).\n"
    assert Server.objects.exists()


def test_what_was_deleted_of_late_is_kept(deleted_long_ago: Server) -> None:
    assert purge("--older-than-days", "32") == "Purged 0 server(s).\n"
    assert Server.objects.get().deleted_at is not None


@pytest.mark.parametrize("days", ["-1", "x", "1e3", "99999"])
def test_a_number_of_days_that_is_none_is_refused(days: str) -> None:
    with pytest.raises(CommandError, match="whole number"):
        purge(f"--older-than-days={days}")


def test_a_name_is_free_again_after_the_purge(admin: APIClient, deleted_long_ago: Server) -> None:
    purge()

    assert admin.post("/api/servers", document()).status_code == 201
    assert Server.objects.get().latest_version.status == Status.ACTIVE
