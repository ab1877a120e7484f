"""Every change of the catalogue leaves an event that says what was done, and what it was before."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.access import Action
from accounts.models import AuditEvent, Grant, Team
from accounts.services import grant
from servers import services
from servers.access import Visibility
from servers.models import Server
from servers.services import ListedTool
from servers.services.features import MOST_NAMES_TOLD
from tests.fixtures.factories import (
    ServerFactory,
    TeamFactory,
    UserFactory,
    document,
    tool_definition,
)
from tests.fixtures.listings import record_tools

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
NAME = "org.example/weather"


def last_event(action: str) -> AuditEvent:
    return AuditEvent.objects.filter(action=action, subject=NAME).latest("pk")


def listed(*names: str) -> list[ListedTool]:
    return [ListedTool(definition=tool_definition(name)) for name in names]


def test_a_registration_says_whose_it_is_and_who_sees_it() -> None:
    team = TeamFactory.create(slug="sky")
    services.register_server(
        document=document(),
        now=NOW,
        registered_by=UserFactory.create(username="ada"),
        team=team,
        visibility=Visibility.PRIVATE,
        tags=["rain"],
    )

    after = last_event("server.register").after
    assert after["fingerprint"] == Server.objects.get().latest_version.fingerprint
    assert {name: after[name] for name in ("team", "visibility", "registered_by", "tags")} == {
        "team": "sky",
        "visibility": "private",
        "registered_by": "ada",
        "tags": ["rain"],
    }


def test_a_change_says_what_it_was_before_and_nothing_of_the_rest() -> None:
    server = ServerFactory.create(name=NAME, tags=["sky"])
    changes = services.ServerChanges(
        team=TeamFactory.create(slug="sky"), visibility=Visibility.TEAM, tags=["sea"], category=""
    )

    services.update_server(server=server, changes=changes, now=NOW)

    event = last_event("server.update")
    assert event.before == {"team": "default", "visibility": "public", "tags": ["sky"]}
    assert event.after == {"team": "sky", "visibility": "team", "tags": ["sea"], "edition": 2}


def test_what_changes_nothing_leaves_no_event() -> None:
    server = ServerFactory.create(name=NAME)
    published = server.latest_version.document

    services.update_server(server=server, changes={"enabled": True}, now=NOW)
    services.publish_version(server=server, document=published, now=NOW)
    record_tools(server_id=server.pk, tools=[], now=NOW)

    assert not AuditEvent.objects.filter(action__startswith="server").exists()


def test_a_new_version_and_a_deletion_are_told() -> None:
    server = ServerFactory.create(name=NAME)

    services.publish_version(server=server, document=document(version="2.0.0"), now=NOW)
    services.delete_server(server=server, now=NOW)

    assert last_event("server.publish").after["version"] == "2.0.0"
    assert last_event("server.delete").before["visibility"] == "public"


def test_changed_tools_are_told_by_name_and_not_without_end() -> None:
    server = ServerFactory.create(name=NAME)
    record_tools(server_id=server.pk, tools=listed("gone"), now=NOW)
    many = [f"tool{n:03}" for n in range(MOST_NAMES_TOLD + 10)]

    record_tools(server_id=server.pk, tools=listed(*many), now=NOW)

    assert last_event("server.listing").after == {
        "tools": {"added": {"count": 1, "names": ["gone"]}}
    }
    after = last_event("server.drift").after
    assert (after["policy"], after["tools"]) == (
        "warn",
        {
            "added": {"count": 60, "names": many[:MOST_NAMES_TOLD]},
            "removed": {"count": 1, "names": ["gone"]},
        },
    )


def test_an_import_tells_once_of_each_server_it_writes(tmp_path: Path) -> None:
    file = tmp_path / "servers.json"
    TeamFactory.create(slug="sky")
    options: dict[str, Any] = {"team": "sky", "visibility": "public", "verbosity": 0}
    file.write_text(json.dumps([document(), document(version="2.0.0")]))

    call_command("import_servers", file, **options)
    call_command("import_servers", file, **options)

    [event] = AuditEvent.objects.filter(action="server.import")
    assert (event.subject, event.after) == (
        NAME,
        {"versions": ["1.0.0", "2.0.0"], "team": "sky", "visibility": "public", "edition": 1},
    )
    server = Server.objects.get()
    assert (server.team, server.visibility) == (Team.objects.get(slug="sky"), "public")


@pytest.mark.parametrize("command", ["import_servers", "register_server", "load_demo"])
def test_a_team_that_is_not_there_is_named(command: str, tmp_path: Path) -> None:
    file = tmp_path / "server.json"
    file.write_text(json.dumps(document()))
    arguments = [] if command == "load_demo" else [str(file)]

    with pytest.raises(Exception, match="There is no team 'nowhere'") as refused:
        call_command(command, *arguments, team="nowhere", verbosity=0)

    assert getattr(refused.value, "returncode", None) == 2
    assert not Server.objects.exists()


def test_the_demonstration_is_public_and_a_registration_by_command_is_not(tmp_path: Path) -> None:
    file = tmp_path / "server.json"
    file.write_text(json.dumps(document()))

    call_command("register_server", str(file), verbosity=0)
    call_command("load_demo", verbosity=0)

    assert Server.objects.get(name=NAME).visibility == "team"
    assert set(Server.objects.exclude(name=NAME).values_list("visibility", flat=True)) == {"public"}


def test_grants_for_a_server_go_with_it() -> None:
    """Or they would open the next server of its name, which may be somebody else's."""
    server, ada = ServerFactory.create(name="org.example/Gone"), UserFactory.create()
    grant(to=ada, action=Action.ADMINISTER, pattern="org.example/gone", now=NOW)
    wider = grant(to=ada, action=Action.VIEW, pattern="org.example/*", now=NOW)

    services.delete_server(server=server, now=NOW)
    assert Grant.objects.count() == 2  # it may be restored

    services.purge_deleted(before=NOW + timedelta(seconds=1), now=NOW)

    assert list(Grant.objects.all()) == [wider]
    assert AuditEvent.objects.filter(action="grant.revoke", subject="org.example/gone").exists()
