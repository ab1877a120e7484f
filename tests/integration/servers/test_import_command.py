"""`manage.py import_servers`: what it writes, says and refuses."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from servers.models import (
    HealthState,
    RemoteUrl,
    Server,
    ServerVersion,
    Tool,
    Webhook,
    WebhookDelivery,
)
from servers.services import (
    ListedTool,
    delete_server,
    record_health_summary,
)
from tests.fixtures.factories import CREATED_AT, administrator, document, tool_definition
from tests.fixtures.listings import record_tools
from tests.fixtures.official_registry import OFFICIAL_META

pytestmark = pytest.mark.django_db


def published(version: str, day: int = 1, **changes: Any) -> dict[str, Any]:
    meta = {"status": "active", "publishedAt": f"2025-10-{day:02}T10:00:00Z"}
    return {"server": document(version=version, **changes), "_meta": {OFFICIAL_META: meta}}


def catalogue_entry(*tools: str) -> dict[str, Any]:
    return {
        "id": "@acme/notes",
        "name": "Notes",
        "description": "Keeps notes.",
        "primary_label": "Memory",
        "tags": ["Search"],
        "categories": ["api"],
        "remote_url": "https://example.org/notes/mcp",
        "tools": [{"name": name, "description": "d", "input_schema": {}} for name in tools],
    }


def run(tmp_path: Path, content: Any, *options: str) -> str:
    path = tmp_path / "servers.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    said = StringIO()
    call_command("import_servers", str(path), "--verbosity=0", *options, stdout=said)
    return said.getvalue()


def state() -> list[Any]:
    """All that a second run must leave as it is."""
    tables = (Server, ServerVersion, Tool, RemoteUrl)
    return [row for table in tables for row in table._default_manager.order_by("pk").values()]


def test_all_versions_of_a_server_arrive_and_the_highest_is_shown(tmp_path: Path) -> None:
    said = run(tmp_path, [published("1.2.0", 3, title="New"), published("1.0.0", 9, title="Old")])

    server = Server.objects.get()
    assert (server.title, server.latest_version.version) == ("New", "1.2.0")
    assert server.latest_version.published_at.day == 3
    assert "created    1 servers, 2 versions" in said


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    content = [published("1.0.0", repository={}), catalogue_entry("read", "write")]
    run(tmp_path, content)
    before = state()

    said = run(tmp_path, content)

    assert state() == before
    assert "unchanged  2 documents" in said


def test_a_new_version_updates_its_server(tmp_path: Path) -> None:
    run(tmp_path, [published("1.0.0")])

    said = run(tmp_path, [published("1.0.0"), published("2.0.0", title="Two")])

    server = Server.objects.get()
    assert (server.title, server.revision) == ("Two", 2)
    assert ServerVersion.objects.get(is_latest=True).version == "2.0.0"
    assert "updated    1 servers" in said


def test_an_older_version_that_arrives_late_is_not_shown(tmp_path: Path) -> None:
    run(tmp_path, [published("2.0.0", title="Two")])

    run(tmp_path, [published("1.0.0", title="One")])

    assert Server.objects.get().title == "Two"
    assert ServerVersion.objects.get(is_latest=True).version == "2.0.0"


def test_a_published_version_with_another_document_is_a_conflict(tmp_path: Path) -> None:
    run(tmp_path, [published("1.0.0")])

    said = run(tmp_path, [published("1.0.0", title="Rewritten")])

    assert ServerVersion.objects.get().document == document()
    assert "conflicts  1 documents\n    org.example/weather 1.0.0: is published" in said


def test_names_that_differ_only_in_case_are_refused(tmp_path: Path) -> None:
    said = run(tmp_path, [document(), document(name="org.example/Weather", version="2.0.0")])

    assert Server.objects.get().name == "org.example/weather"
    assert "differs only in case from org.example/weather" in said


def test_repairs_are_counted_and_named_on_request(tmp_path: Path) -> None:
    content = [published("1.0.0", repository={}), published("1.1.0", repository={})]

    assert "2 × repository was left out: it has no url" in run(tmp_path, content)
    detailed = run(tmp_path, content, "--verbosity=2")
    assert "org.example/weather 1.1.0: repository was left out: it has no url" in detailed
    assert ServerVersion.objects.get(version="1.0.0").repairs == [
        "repository was left out: it has no url"
    ]


def test_a_catalogue_brings_tools_tags_and_category(tmp_path: Path) -> None:
    run(tmp_path, [catalogue_entry("read", "write")], "--no-monitor")

    server = Server.objects.get(name="acme/notes")
    assert [tool.name for tool in server.tools.all()] == ["read", "write"]
    assert [tag.name for tag in server.tags.all()] == ["api", "search"]
    assert (server.category, server.monitored) == ("Memory", False)


def test_a_newer_catalogue_updates_the_tools(tmp_path: Path) -> None:
    run(tmp_path, [catalogue_entry("read")])

    said = run(tmp_path, [catalogue_entry("read", "write")])

    assert Tool.objects.current().count() == 2
    assert "updated    1 servers" in said


def test_tools_that_a_check_listed_do_not_give_way_to_a_file(tmp_path: Path) -> None:
    run(tmp_path, [catalogue_entry("read")])
    server = Server.objects.get()
    live = [ListedTool(definition=tool_definition("live"))]
    record_tools(server_id=server.pk, tools=live, now=CREATED_AT)
    record_health_summary(
        server_id=server.pk,
        state=HealthState.HEALTHY,
        reason="",
        since=CREATED_AT,
        checked_at=CREATED_AT,
        latency_ms=1.0,
    )

    run(tmp_path, [catalogue_entry("read")])

    assert [tool.name for tool in server.tools.current()] == ["live"]


def test_a_file_that_is_cut_off_stops_the_import_of_all(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(document()), encoding="utf-8")
    bad.write_text('{"servers": [{"server"', encoding="utf-8")

    with pytest.raises(CommandError, match=r"bad\.json: not JSON") as refusal:
        call_command("import_servers", str(good), str(bad), "--verbosity=0")

    assert refusal.value.returncode == 2
    assert not Server.objects.exists()


def test_nothing_usable_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as refusal:
        run(tmp_path, document(version="latest"))

    assert refusal.value.returncode == 2
    assert not Server.objects.exists()


def test_an_interrupted_import_is_finished_by_running_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches of one server; the second one dies."""
    monkeypatch.setattr("servers.importing.writing.BATCH", 1)
    content = [document(name=f"org.example/s{number}") for number in range(3)]
    with monkeypatch.context() as dying:
        dying.setattr("servers.importing.writing.announce", die_after(1))
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, content)
    assert Server.objects.count() == 1

    run(tmp_path, content)

    assert Server.objects.count() == ServerVersion.objects.filter(is_latest=True).count() == 3


def die_after(calls: int) -> Any:
    left = iter(range(calls))

    def announce(server_ids: list[int]) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    return announce


def test_a_deprecated_version_stays_deprecated(tmp_path: Path) -> None:
    entry = published("1.0.0")
    entry["_meta"][OFFICIAL_META] |= {"status": "deprecated", "statusMessage": "Use 2."}

    run(tmp_path, [entry])

    version = ServerVersion.objects.get()
    assert (version.status, version.status_message) == ("deprecated", "Use 2.")
    assert version.review_state == "approved"
    assert Server.objects.get().published


def test_look_alikes_and_shared_addresses_are_imported_with_a_remark(tmp_path: Path) -> None:
    said = run(tmp_path, [document(), document(name="org.example/weather1")], "--verbosity=2")
    again = run(tmp_path, [document(name="org-example/weatherl")], "--verbosity=2")

    assert "org.example/weather1: shares https://weather.example.org/mcp with org.ex" in said
    assert "org-example/weatherl: looks like org.example/weather1." in again
    assert Server.objects.count() == RemoteUrl.objects.count() == 3


def test_what_is_deleted_here_stays_deleted(tmp_path: Path) -> None:
    run(tmp_path, [published("1.0.0")])
    delete_server(server=Server.objects.get(), now=CREATED_AT)

    said = run(tmp_path, [published("1.0.0"), published("2.0.0")])

    assert "org.example/weather: is deleted here" in said
    assert ServerVersion.objects.get().status == "deleted"


def test_an_import_is_told_to_webhooks(tmp_path: Path) -> None:
    Webhook.objects.create(
        url="https://example.org/hook", created_by=administrator(), created_at=CREATED_AT
    )

    run(tmp_path, [published("1.0.0"), published("2.0.0")])

    events = WebhookDelivery.objects.order_by("pk").values_list("event", flat=True)
    assert sorted(events) == ["server.registered", "version.approved", "version.approved"]
