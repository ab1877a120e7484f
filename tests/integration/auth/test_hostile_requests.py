"""Requests that nobody sends by mistake: each gets an answer of its own, none gets a 500."""

import csv
from io import StringIO
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.access import Role
from accounts.models import AuditEvent, Membership, Team
from accounts.services import create_token, set_member
from tests.fixtures.factories import UserFactory, administrator

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"
FORM = "application/x-www-form-urlencoded"
BEFORE_ALL_TIME = "0001-01-01T00:00:00+23:59"
AFTER_ALL_TIME = "9999-12-31T23:59:59-23:59"


# --- Null characters ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/servers/a%00/b", "/a%00", "/accounts/%00", "/static/%00"])
def test_no_path_has_a_null_character(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/api/search?q=%00",
        "/api/schema?version=%00",
        "/oauth/authorize?client_id=%00",
        "/.well-known/jwks.json?a=b%00",
        "/api/servers?%00=a",
    ],
)
def test_a_query_with_one_is_refused_to_a_program(client: Client, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == PROBLEM
    assert answer.json()["errors"][0]["message"] == "Null characters are not allowed."


def test_a_query_with_one_is_refused_to_a_person(client: Client) -> None:
    answer = client.get("/?q=%00")

    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/accounts/login/"])
@pytest.mark.parametrize("kind", [FORM, "multipart/form-data"])
def test_a_form_with_one_is_refused(client: Client, path: str, kind: str) -> None:
    fields = {"client_id": "a\0", "token": "\0", "username": "\0"}

    if kind == FORM:
        answer = client.post(path, "client_id=a%00&token=%00&username=%00", content_type=kind)
    else:
        answer = client.post(path, fields)

    assert answer.status_code == 400


@pytest.mark.parametrize("address", ["/api/auth/check?server=a/%00", "/api/auth/check/%00"])
def test_a_proxy_is_told_no(client: Client, address: str) -> None:
    answer = client.get(address)

    assert (answer.status_code, answer.content) == (403, b"")


def test_a_form_without_one_goes_through(client: Client) -> None:
    assert client.post("/accounts/login/", {"username": "a", "password": "b"}).status_code == 200


# --- Addresses that are none, moments that are none --------------------------------------------


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/logout/"])
@pytest.mark.parametrize("following", ["http://[", "//[", "https://evil.example/"])
def test_nobody_is_sent_to_what_is_no_address(path: str, following: str) -> None:
    browser = Client()
    user = UserFactory.create(username="ada")
    user.set_password("correct horse battery staple")
    user.save()
    if "logout" in path:
        browser.force_login(user)
    form = {"login": "ada", "password": "correct horse battery staple", "next": following}

    assert browser.get(path, {"next": following}).status_code == 200
    assert browser.post(path, form).headers["Location"] == "/"


@pytest.mark.parametrize("path", ["/api/audit", "/api/audit/export"])
@pytest.mark.parametrize("query", [{"since": BEFORE_ALL_TIME}, {"until": AFTER_ALL_TIME}], ids=str)
def test_a_moment_outside_of_time_is_refused(path: str, query: dict[str, str]) -> None:
    reader = APIClient()
    reader.force_authenticate(administrator())

    answer = reader.get(path, query)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == next(iter(query))


# --- The audit trail ---------------------------------------------------------------------------


def event(**columns: Any) -> AuditEvent:
    given = {"at": timezone.now(), "outcome": "done", "action": "server.update"} | columns
    return AuditEvent.objects.create(**given)


@pytest.mark.parametrize("subject", ["x;=cmd|' /C calc'!A0", "a\n=1+1", 'a"\r\n=1', "\n=1", " =1"])
def test_a_cell_of_the_export_stays_one(subject: str) -> None:
    reader = APIClient()
    reader.force_authenticate(administrator())
    event(subject=subject, action="marked")

    answer: Any = reader.get("/api/audit/export", {"action": "marked"})

    header, *lines = b"".join(answer.streaming_content).decode().split("\r\n")
    assert len(lines) == 2  # the event, and nothing after its end
    row = next(csv.DictReader(StringIO(f"{header}\r\n{lines[0]}\r\n")))
    assert not row["subject"].lstrip(" ").startswith("=")
    assert f'"{row["subject"]}"'.replace('a"', 'a""') in lines[0]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="The statement is one of SQLite.")
def test_no_statement_replaces_an_event() -> None:
    written = event(subject="a/first")
    columns = ", ".join(f'"{field.column}"' for field in AuditEvent._meta.concrete_fields[1:])
    copy = f"SELECT {written.pk}, {columns} FROM accounts_auditevent WHERE id = {written.pk}"  # noqa: S608
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="never changed"):
        cursor.execute(f"INSERT OR REPLACE INTO accounts_auditevent (id, {columns}) {copy}")


def test_a_guessed_current_password_is_written_down() -> None:
    user = UserFactory.create(username="ada")
    user.set_password("correct horse battery staple")
    user.save()
    browser = Client()
    browser.force_login(user)
    new = "another horse battery staple"

    browser.post("/accounts/password/", {"oldpassword": "", "password1": new, "password2": new})
    assert not AuditEvent.objects.filter(outcome="denied").exists()
    browser.post("/accounts/password/", {"oldpassword": "x", "password1": new, "password2": new})

    denied = AuditEvent.objects.get(outcome="denied")
    assert (denied.action, denied.actor, denied.subject) == ("user.password", "ada", "ada")


def test_a_sign_out_is_written_down() -> None:
    browser = Client()
    browser.force_login(UserFactory.create(username="ada"))

    browser.post("/accounts/logout/")
    browser.post("/accounts/logout/")

    event = AuditEvent.objects.get(action="logout")
    assert (event.actor, event.subject) == ("ada", "ada")


# --- Teams -------------------------------------------------------------------------------------


def test_nobody_changes_their_own_role_in_a_team() -> None:
    ada, team = UserFactory.create(username="ada"), Team.objects.create(slug="data", name="Data")
    set_member(team=team, user=ada, role=Role.ADMIN, now=timezone.now(), from_sso=True)
    caller = APIClient()
    caller.force_authenticate(ada)

    for role in ("admin", "viewer"):
        answer = caller.put("/api/teams/data/members/ada", {"role": role})
        assert answer.status_code == 403
        assert "their own role" in answer.json()["detail"]

    mine = Membership.objects.get(team=team, user=ada)
    assert (mine.role, mine.from_sso) == ("admin", True)


def test_an_administrator_changes_their_own_role() -> None:
    root, team = administrator(username="root"), Team.objects.create(slug="data", name="Data")
    caller = APIClient()
    caller.force_authenticate(root)

    assert caller.put("/api/teams/data/members/root", {"role": "viewer"}).status_code == 200
    assert Membership.objects.get(team=team, user=root).role == "viewer"


def test_who_gave_a_role_is_written_down_when_it_changes() -> None:
    ada, team = UserFactory.create(username="ada"), Team.objects.create(slug="data", name="Data")
    set_member(team=team, user=ada, role=Role.ADMIN, now=timezone.now(), from_sso=True)
    set_member(team=team, user=ada, role=Role.ADMIN, now=timezone.now())
    set_member(team=team, user=ada, role=Role.VIEWER, now=timezone.now())

    given, changed = AuditEvent.objects.filter(action="team.member").order_by("pk")
    assert given.after == {"role of ada": "admin", "from_sso of ada": True}
    assert changed.before == given.after
    assert changed.after == {"role of ada": "viewer", "from_sso of ada": False}


def test_an_administrators_token_with_scopes_lists_no_teams_of_others() -> None:
    root = administrator()
    Team.objects.create(slug="data", name="Data")
    _, clear = create_token(user=root, name="t", scopes=["view"], now=timezone.now())

    answer = APIClient().get("/api/teams", headers={"Authorization": f"Bearer {clear}"})

    assert [team["slug"] for team in answer.json()["results"]] == ["default"]
