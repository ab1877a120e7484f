"""The audit trail, read and exported: by administrators alone, by API, command and admin alike."""

import csv
import json
import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.management.commands.audit_export import Command
from accounts.models import AuditEvent
from accounts.services import create_token
from tests.fixtures.factories import UserFactory, administrator

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def event(**columns: Any) -> AuditEvent:
    given = {"at": NOON, "outcome": "done", "action": "server.update", "actor": "ada"} | columns
    return AuditEvent.objects.create(**given)


@pytest.fixture
def reader() -> APIClient:
    client = APIClient()
    client.force_authenticate(administrator(username="root"))
    AuditEvent.objects.all()._raw_delete("default")
    return client


def subjects(client: APIClient, **query: str) -> list[str]:
    return [row["subject"] for row in client.get("/api/audit", query).json()["results"]]


# --- Append-only -------------------------------------------------------------------------------


def test_an_event_is_not_changed_by_the_program() -> None:
    written = event()
    for change in (written.save, written.delete, AuditEvent.objects.all().delete):
        with pytest.raises(TypeError, match="An audit event|Audit events"):
            change()
    with pytest.raises(TypeError, match="never changed"):
        AuditEvent.objects.update(actor="eve")


def test_nor_by_any_other_program_on_the_database() -> None:
    event()
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="never changed"):
        cursor.execute("UPDATE accounts_auditevent SET actor = 'eve'")


def test_many_can_be_written_at_once() -> None:
    AuditEvent.objects.bulk_create(
        AuditEvent(at=NOON, outcome="done", action="server.register", subject=f"a/{n}")
        for n in range(3)
    )
    assert AuditEvent.objects.filter(action="server.register").count() == 3


# --- The API -----------------------------------------------------------------------------------


def test_the_newest_event_comes_first_with_all_it_says(reader: APIClient) -> None:
    event(subject="a/first")
    event(subject="a/second", before={"tags": []}, after={"tags": ["x"]}, address="192.0.2.1")
    newest, oldest = reader.get("/api/audit").json()["results"]
    assert (newest["subject"], oldest["subject"]) == ("a/second", "a/first")
    assert (newest["before"], newest["after"]) == ({"tags": []}, {"tags": ["x"]})
    assert newest["address"] == "192.0.2.1"


@pytest.mark.parametrize(
    "query",
    [
        {"actor": "bob"},
        {"action": "grant.create"},
        {"subject": "a/wanted"},
        {"outcome": "denied"},
        {"via": "deploy"},
        {"since": "2026-01-02T00:00:00Z"},
        {"since": "2026-01-01T18:00:00+05:00"},
    ],
)
def test_every_filter_narrows(reader: APIClient, query: dict[str, str]) -> None:
    event(subject="a/other")
    event(
        subject="a/wanted",
        actor="bob",
        action="grant.create",
        outcome="denied",
        via="token deploy (rollcall_ab…)",
        at=NOON + timedelta(days=1),
    )
    assert subjects(reader, **query) == ["a/wanted"]


def test_until_is_the_first_moment_left_out(reader: APIClient) -> None:
    event(subject="a/at noon")
    assert subjects(reader, until="2026-01-01T12:00:00Z") == []
    assert subjects(reader, until="2026-01-01T12:00:01Z") == ["a/at noon"]


@pytest.mark.parametrize(
    "query", [{"since": "yesterday"}, {"outcome": "perhaps"}, {"actor": "a\0"}, {"limit": "x"}]
)
def test_a_wrong_filter_is_refused(reader: APIClient, query: dict[str, str]) -> None:
    answer = reader.get("/api/audit", query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == next(iter(query))


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"since": "yesterday"}, "Not a moment; say one as in 2026-01-31T12:00:00Z."),
        ({"until": "now"}, "Not a moment; say one as in 2026-01-31T12:00:00Z."),
        ({"outcome": "perhaps"}, "There are: done, denied."),
    ],
)
def test_a_wrong_filter_is_told_what_would_be_right(
    reader: APIClient, query: dict[str, str], sentence: str
) -> None:
    assert reader.get("/api/audit", query).json()["detail"] == sentence


@pytest.mark.parametrize(
    "path", ["audit", "audit/export", "grants", "users", "teams", "tokens", "teams/default/members"]
)
def test_an_unknown_parameter_is_named(reader: APIClient, path: str) -> None:
    answer = reader.get(f"/api/{path}", {"foo": "1", "usr": "2"})

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["foo", "usr"]


def test_what_a_list_knows_the_export_may_not(reader: APIClient) -> None:
    assert reader.get("/api/audit", {"limit": "1", "count": "true"}).status_code == 200
    assert reader.get("/api/audit/export", {"limit": "1"}).status_code == 400
    assert reader.get("/api/audit", {"format": "csv"}).status_code == 404  # of no renderer


@pytest.mark.parametrize("path", ["/api/audit", "/api/audit/export"])
def test_only_administrators_read_it(path: str) -> None:
    client = APIClient()
    assert client.get(path).status_code == 401
    client.force_authenticate(UserFactory.create())
    assert client.get(path).status_code == 403


def test_a_token_with_scopes_does_not_read_it() -> None:
    root = administrator()
    _, clear = create_token(user=root, name="t", scopes=["administer"], now=timezone.now())
    answer = APIClient().get("/api/audit", headers={"Authorization": f"Bearer {clear}"})
    assert answer.status_code == 403


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nobody_writes_it(reader: APIClient, method: str) -> None:
    assert getattr(reader, method)("/api/audit").status_code == 405


# --- Export ------------------------------------------------------------------------------------


def streamed(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def test_the_export_as_csv_is_filtered_and_the_oldest_comes_first(reader: APIClient) -> None:
    for subject in ("a/1", "a/2"):
        event(subject=subject, after={"enabled": False})
    event(actor="bob")
    answer = reader.get("/api/audit/export", {"format": "csv", "actor": "ada"})
    rows = list(csv.DictReader(StringIO(streamed(answer))))
    assert [row["subject"] for row in rows] == ["a/1", "a/2"]
    assert rows[0]["at"] == "2026-01-01T12:00:00+00:00"
    assert json.loads(rows[0]["after"]) == {"enabled": False}
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(reader: APIClient, start: str) -> None:
    event(subject=f"{start}HYPERLINK(1)")
    answer = reader.get("/api/audit/export")
    rows = list(csv.DictReader(StringIO(streamed(answer), newline="")))
    assert rows[0]["subject"] == f"'{start}HYPERLINK(1)".replace("\r", " ")


def test_the_export_as_json_lines(reader: APIClient) -> None:
    event(subject="=a/1", before={"role": None})
    answer = reader.get("/api/audit/export", {"format": "jsonl"})
    row = json.loads(streamed(answer))
    assert (row["subject"], row["before"], row["address"]) == ("=a/1", {"role": None}, None)


@pytest.mark.parametrize("query", [{"format": "xlsx"}, {"since": "yesterday"}])
def test_a_wrong_export_is_refused(reader: APIClient, query: dict[str, str]) -> None:
    answer = reader.get("/api/audit/export", query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == next(iter(query))


# --- The command -------------------------------------------------------------------------------


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("audit_export", *arguments, stdout=out)
    return out.getvalue()


def test_the_help_says_how_changes_and_refusals_are_named() -> None:
    text = " ".join(Command().create_parser("manage.py", "audit_export").format_help().split())

    assert "for instance server.delete" in text
    assert '"DELETE server-detail"' in text


def test_the_command_writes_to_standard_output() -> None:
    event(subject="a/1", actor="carol")
    event(subject="a/2", actor="dave")
    lines = run("--format", "jsonl", "--actor", "carol").splitlines()
    assert [json.loads(line)["subject"] for line in lines] == ["a/1"]


def test_the_command_writes_a_file(tmp_path: Path) -> None:
    event(subject="a/1", actor="carol")
    path = tmp_path / "audit.csv"
    run("--actor", "carol", "--output", str(path))
    with path.open(newline="") as file:
        assert [row["subject"] for row in csv.DictReader(file)] == ["a/1"]


@pytest.mark.parametrize(
    ("option", "value"), [("since", "yesterday"), ("until", "now"), ("outcome", "perhaps")]
)
def test_the_command_refuses_a_wrong_filter_in_one_line(
    tmp_path: Path, option: str, value: str
) -> None:
    path = tmp_path / "audit.csv"
    with pytest.raises(CommandError, match=f"^--{option}: .+$") as refused:
        run(f"--{option}", value, "--output", str(path))
    assert refused.value.returncode == 2
    assert not path.exists()


def test_the_command_says_why_a_file_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file or directory") as refused:
        run("--output", str(tmp_path / "absent" / "audit.csv"))
    assert refused.value.returncode == 2


# --- The admin ---------------------------------------------------------------------------------


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(administrator(username="root"))
    return client


def test_the_admin_lists_and_shows_events_read_only(admin: Client) -> None:
    written = event(subject="a/shown")
    assert b"a/shown" in admin.get("/admin/accounts/auditevent/?q=shown").content
    page = admin.get(f"/admin/accounts/auditevent/{written.pk}/change/")
    assert b"a/shown" in page.content
    assert b'name="_save"' not in page.content
    assert admin.get("/admin/accounts/auditevent/add/").status_code == 403
    assert admin.post(f"/admin/accounts/auditevent/{written.pk}/delete/").status_code == 403


def test_the_page_of_an_event_says_who_and_what_in_words(admin: Client) -> None:
    changed = {"tags": ["a", "b"], "title": "Ä"}
    written = event(subject="a/shown", actor="", via="command import_servers", after=changed)

    page = admin.get(f"/admin/accounts/auditevent/{written.pk}/change/")

    assert "server.update of a/shown by command import_servers" in page.text
    assert '<pre class="document">{\n  &quot;tags&quot;' in page.text
    assert "Ä" in page.text
    assert "Actor id" not in page.text


def test_the_list_shortens_what_would_not_fit_and_filters_by_few_words(admin: Client) -> None:
    event(subject="a/" + "x" * 100, via="y" * 100)

    page = admin.get("/admin/accounts/auditevent/").text

    assert re.findall(r'field-short_\w+">([^<]+)', page)[:2] == [f"a/{'x' * 27}…", f"{'y' * 29}…"]
    assert "By outcome" in page
    assert "By action" not in page


@pytest.mark.parametrize(
    ("name", "start"), [("export_csv", '"id","at"'), ("export_json_lines", "{")]
)
def test_the_admin_exports_what_is_selected(admin: Client, name: str, start: str) -> None:
    event(subject="a/left out")
    chosen = event(subject="a/chosen")
    answer = admin.post(
        "/admin/accounts/auditevent/", {"action": name, "_selected_action": [chosen.pk]}
    )
    text = streamed(answer)
    assert text.startswith(start)
    assert "a/chosen" in text
    assert "a/left out" not in text
