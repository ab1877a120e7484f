"""The tools of a server after each listing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from servers.models import Server
from servers.services import ListedTool, ToolChanges, write_tools
from tests.fixtures.factories import ServerFactory, tool_definition
from tests.fixtures.listings import record_tools

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def server() -> Server:
    return ServerFactory.create()


def record(server: Server, *definitions: dict[str, Any], now: datetime = NOW) -> ToolChanges:
    tools = [ListedTool(definition=definition) for definition in definitions]
    return record_tools(server_id=server.pk, tools=tools, now=now)


def revision(server: Server) -> int:
    return Server.objects.values_list("revision", flat=True).get(pk=server.pk)


def test_listed_tools_are_there(server: Server) -> None:
    changes = record(server, tool_definition("a", title="A"), tool_definition("b"))

    assert changes == ToolChanges(added=["a", "b"])
    tool = server.tools.get(name="a")
    assert (tool.title, tool.description) == ("A", "What a does.")
    assert tool.definition == tool_definition("a", title="A")
    assert revision(server) == 2


def test_the_same_listing_again_only_notes_the_sight(server: Server) -> None:
    record(server, tool_definition("a"))

    changes = record(server, tool_definition("a"), now=LATER)

    assert not changes
    assert revision(server) == 2
    assert server.tools.get().last_seen_at == LATER
    assert server.tools.get().first_seen_at == NOW


def test_a_tool_that_changed_is_rewritten(server: Server) -> None:
    record(server, tool_definition("a"))

    changes = record(server, tool_definition("a", description="New."), now=LATER)

    assert changes == ToolChanges(changed=["a"])
    assert server.tools.get().description == "New."
    assert revision(server) == 3


def test_a_tool_that_vanished_keeps_its_row(server: Server) -> None:
    record(server, tool_definition("a"), tool_definition("b"))

    changes = record(server, tool_definition("a"), now=LATER)

    assert changes == ToolChanges(removed=["b"])
    assert [tool.name for tool in server.tools.current()] == ["a"]
    assert server.tools.get(name="b").removed_at == LATER


def test_a_tool_that_stays_away_is_removed_once(server: Server) -> None:
    record(server, tool_definition("a"))
    record(server)

    assert not record(server, now=LATER)
    assert server.tools.get().removed_at == NOW


def test_a_tool_that_comes_back_is_the_same_row(server: Server) -> None:
    record(server, tool_definition("a"))
    record(server)

    changes = record(server, tool_definition("a"), now=LATER)

    assert changes == ToolChanges(added=["a"])
    assert server.tools.get().removed_at is None


def test_the_first_of_two_tools_of_one_name_counts(server: Server) -> None:
    record(server, tool_definition("a", description="first"), tool_definition("a"))

    assert server.tools.get().description == "first"


@pytest.mark.parametrize("name", ["", "x" * 256])
def test_a_tool_with_an_impossible_name_is_left_out(server: Server, name: str) -> None:
    assert not record(server, tool_definition(name))


@pytest.mark.parametrize(
    "strange",
    [{"description": None}, {"title": 7}, {"annotations": "none"}, {"inputSchema": None}],
)
def test_a_strange_definition_is_kept_as_it_came(server: Server, strange: dict[str, Any]) -> None:
    record(server, tool_definition("a", **strange))

    tool = server.tools.get()
    assert tool.definition == tool_definition("a", **strange)
    assert isinstance(tool.input_schema, dict)


def test_a_server_deleted_meanwhile_has_no_tools() -> None:
    assert not record_tools(
        server_id=1, tools=[ListedTool(definition=tool_definition("a"))], now=NOW
    )


def test_what_a_file_names_is_no_baseline_and_gives_way_to_a_listing(server: Server) -> None:
    named = [ListedTool(definition=tool_definition("a", description="From a file."))]

    assert write_tools(server_id=server.pk, tools=named, now=NOW) == ToolChanges(added=["a"])
    assert not write_tools(server_id=server.pk, tools=named, now=NOW)
    assert record(server, tool_definition("a")) == ToolChanges(changed=["a"])
    assert not server.feature_changes.exists()
    assert not write_tools(server_id=server.pk, tools=named, now=LATER)
    assert server.tools.get().description == "What a does."
