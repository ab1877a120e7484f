"""What the tools of the MCP endpoint answer: enough to go on, and no more than fits."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from jsonschema import validate
from pytest_django.fixtures import Settings

from search.mcp.answers import CUT
from search.mcp.texts import LONGEST_ANSWER
from servers.models import HealthState, Server, Tool
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import ServerFactory, ToolFactory, document, tool_definition
from tests.fixtures.indexing import index_catalogue
from tests.integration.search.mcp_endpoint import asked, called, refused, result, told

pytestmark = pytest.mark.django_db

WEATHER, PAYMENTS = "org.example/weather", "org.example/payments"


@pytest.fixture
def catalogue() -> Server:
    """A weather server and a payment server with two tools each, indexed."""
    weather = ServerFactory.create(
        name=WEATHER,
        title="Weather",
        description="Sky and rain.",
        category="Weather",
        tags=["sky"],
        labels={"tier": "gold"},
        health_state=HealthState.HEALTHY,
        endpoint_url="https://weather.example.org/mcp",
    )
    ToolFactory.create(
        server=weather,
        name="get_forecast",
        description="Rain or sun for tomorrow",
        definition=tool_definition("get_forecast", annotations={"readOnlyHint": True}),
    )
    ToolFactory.create(server=weather, name="get_history", description="Past rain")
    payments = ServerFactory.create(name=PAYMENTS, description="Money.", category="Finance")
    ToolFactory.create(server=payments, name="charge_card", description="Take money from a card")
    ToolFactory.create(server=payments, name="refund", description="Give money back")
    index_catalogue(now=NOW)
    return weather


def size(answer: Any) -> int:
    return len(json.dumps(answer, ensure_ascii=False, separators=(",", ":")))


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["name"] for row in rows]


# --- Searching ---------------------------------------------------------------------------------


def test_find_tools_finds_the_tool_for_a_task(client: Client, catalogue: Server) -> None:
    answer = told(client, "find_tools", query="rain or sun tomorrow")

    best = answer["tools"][0]
    assert (best["name"], best["server"], best["health"]) == ("get_forecast", WEATHER, "healthy")
    assert best["description"] == "Rain or sun for tomorrow"
    assert 0 < best["score"] <= 1
    assert answer["degraded"] is False
    assert "input_schema" not in best


def test_the_words_of_an_answer_do_without_its_structure(client: Client, catalogue: Server) -> None:
    text = called(client, "find_tools", query="rain or sun tomorrow")["content"][0]["text"]

    assert f"- get_forecast of {WEATHER} (healthy, " in text
    assert "Rain or sun for tomorrow" in text


def test_what_nobody_can_have_meant_is_not_told(client: Client, catalogue: Server) -> None:
    answer = told(client, "find_tools", query="rain or sun tomorrow", limit=20)

    assert all(row["score"] >= 0.01 for row in answer["tools"])


def test_find_servers_finds_servers_alone(client: Client, catalogue: Server) -> None:
    answer = told(client, "find_servers", query="sky and rain")

    assert answer["servers"][0]["name"] == WEATHER
    assert set(names(answer["servers"])) <= {WEATHER, PAYMENTS}


def test_limit_is_how_many_at_most_and_how_many_more_there_are_is_told(
    client: Client, catalogue: Server
) -> None:
    everything = told(client, "find_tools", query="rain money")["tools"]
    answer = told(client, "find_tools", query="rain money", limit=1)

    assert names(answer["tools"]) == names(everything)[:1]
    assert answer["left_out"] == [
        f"{len(everything) - 1} more fit less well: raise limit (20 at most)."
    ]


def test_a_long_description_is_cut_and_that_is_told(client: Client, catalogue: Server) -> None:
    Tool.objects.filter(name="refund").update(description="Give money back. " * 50)

    answer = told(client, "find_tools", query="refund", limit=1)

    assert 200 < len(answer["tools"][0]["description"]) <= 300
    assert CUT in answer["left_out"]


def test_what_was_probably_meant_is_told(client: Client, catalogue: Server) -> None:
    answer = called(client, "find_tools", query="forceast for tomorrow")

    note = "Did you mean: forecast for tomorrow?"
    assert answer["structuredContent"]["note"] == note
    assert note in answer["content"][0]["text"]


@pytest.mark.parametrize(
    "narrowing",
    [
        {"server": WEATHER.upper()},
        {"category": "Weather"},
        {"tag": "sky"},
        {"label": "tier:gold"},
        {"label": "tier"},
        {"health": "healthy"},
    ],
    ids=str,
)
def test_a_search_is_narrowed_by_what_is_known_of_servers(
    client: Client, catalogue: Server, narrowing: dict[str, str]
) -> None:
    found = told(client, "find_tools", query="money rain", **narrowing)["tools"]

    assert {row["server"] for row in found} == {WEATHER}


def test_a_search_is_narrowed_to_tools_that_only_read(client: Client, catalogue: Server) -> None:
    found = told(client, "find_tools", query="rain", read_only=True)["tools"]

    assert names(found) == ["get_forecast"]


def test_a_search_for_servers_is_narrowed_by_how_they_are_reached(
    client: Client, catalogue: Server
) -> None:
    assert told(client, "find_servers", query="rain", transport="sse")["servers"] == []


@pytest.mark.parametrize(
    "wrong", [{"label": "No Key!"}, {"health": "splendid"}, {"transport": "pigeon"}], ids=str
)
def test_a_filter_that_nothing_could_fit_is_told(
    client: Client, catalogue: Server, wrong: dict[str, str]
) -> None:
    sentence = refused(client, "find_servers", query="rain", **wrong)

    ((name, value),) = wrong.items()
    assert sentence.startswith(f"The argument {name} does not fit: ")
    assert value in sentence


def test_schemas_come_with_the_results_where_they_are_asked_for(
    client: Client, catalogue: Server
) -> None:
    answer = told(client, "find_tools", query="rain or sun", include_schema=True)

    assert answer["tools"][0]["input_schema"] == tool_definition()["inputSchema"]


def test_schemas_come_as_far_as_there_is_room_for_all_of_them(
    client: Client, catalogue: Server
) -> None:
    server = ServerFactory.create(name="org.example/zoo")
    schema = {"type": "object", "description": "x" * (LONGEST_ANSWER // 3)}
    for name in ("zebra_a", "zebra_b", "zebra_c", "zebra_d"):
        definition = tool_definition(name, inputSchema=schema)
        ToolFactory.create(server=server, name=name, definition=definition)
    index_catalogue(now=NOW)

    answer = told(client, "find_tools", query="zebra", include_schema=True, limit=4)

    with_schemas = [tool["name"] for tool in answer["tools"] if "input_schema" in tool]
    assert with_schemas == ["zebra_a", "zebra_b"]
    assert "2 input schemas are left to get_tool." in answer["left_out"]


def test_a_query_of_nothing_but_blanks_is_told(client: Client, catalogue: Server) -> None:
    assert "empty" in refused(client, "find_tools", query="   ")


def test_an_answer_by_words_alone_says_so(
    client: Client, catalogue: Server, settings: Settings
) -> None:
    settings.INDEX_DIR = Path("/nowhere")
    answer = called(client, "find_tools", query="rain")

    assert answer["structuredContent"]["degraded"] is True
    assert answer["structuredContent"]["note"]
    assert answer["structuredContent"]["note"] in answer["content"][0]["text"]


# --- Looking up --------------------------------------------------------------------------------


def test_get_server_tells_how_to_reach_it_and_what_it_offers(
    client: Client, catalogue: Server
) -> None:
    answer = told(client, "get_server", name=WEATHER.upper())

    assert (answer["name"], answer["title"], answer["version"]) == (WEATHER, "Weather", "1.0.0")
    assert (answer["transport"], answer["url"]) == (
        "Streamable HTTP",
        "https://weather.example.org/mcp",
    )
    assert (answer["category"], answer["tags"]) == ("Weather", ["sky"])
    assert names(answer["tools"]) == ["get_forecast", "get_history"]


def test_get_server_tells_what_to_run_where_there_is_no_address(
    client: Client, catalogue: Server
) -> None:
    server = ServerFactory.create(name="org.example/local", endpoint_url="")
    package = {"registryType": "npm", "identifier": "local-mcp", "version": "1.2.3"}
    server.versions.update(document=document(name=server.name, packages=[package]))

    answer = called(client, "get_server", name=server.name)

    assert answer["structuredContent"]["packages"] == [
        {"type": "npm", "identifier": "local-mcp", "version": "1.2.3"}
    ]
    assert "npm local-mcp" in answer["content"][0]["text"]


def test_a_schema_is_told_with_numbers_of_any_size(client: Client, catalogue: Server) -> None:
    schema = {"type": "object", "properties": {"n": {"maximum": 10**21}}}
    definition = tool_definition("get_forecast", inputSchema=schema)
    Tool.objects.filter(name="get_forecast").update(definition=definition)

    found = told(client, "find_tools", query="get_forecast", include_schema=True)["tools"][0]
    tool = told(client, "get_tool", server=WEATHER, tool="get_forecast")

    assert found["input_schema"] == tool["input_schema"] == schema


def test_get_tool_tells_all_that_a_call_needs(client: Client, catalogue: Server) -> None:
    answer = told(client, "get_tool", server=WEATHER, tool="get_forecast")

    assert answer["input_schema"] == tool_definition()["inputSchema"]
    assert answer["annotations"] == {"readOnlyHint": True}
    assert answer["url"] == "https://weather.example.org/mcp"
    assert "healthy" in answer["health"]
    assert "left_out" not in answer


def test_a_tool_that_is_not_there_any_more_is_not_there(client: Client, catalogue: Server) -> None:
    Tool.objects.filter(name="get_forecast").update(removed_at=NOW)
    Tool.objects.filter(name="get_history").update(held=True)

    for tool in ("get_forecast", "get_history", "never_was"):
        sentence = refused(client, "get_tool", server=WEATHER, tool=tool)
        assert sentence == f"There is no tool {tool} of {WEATHER}."


def test_list_categories_counts_servers(client: Client, catalogue: Server) -> None:
    answer = told(client, "list_categories")

    assert answer["categories"] == [
        {"name": "Finance", "servers": 1},
        {"name": "Weather", "servers": 1},
    ]
    assert answer["tags"] == [{"name": "sky", "servers": 1}]


def test_how_many_categories_are_not_told_is_told(
    client: Client, catalogue: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.mcp.looking_up.MOST_CATEGORIES", 1)

    answer = told(client, "list_categories")

    assert len(answer["categories"]) == 1
    assert answer["left_out"] == ["1 rarer categories; search without one."]


def test_the_most_frequent_tags_come_first(client: Client, catalogue: Server) -> None:
    for tags in (["sky", "zoo"], ["zoo", "art"], ["zoo"]):
        ServerFactory.create(tags=tags)

    answer = told(client, "list_categories")

    assert [(tag["name"], tag["servers"]) for tag in answer["tags"]] == [
        ("zoo", 3),
        ("sky", 2),
        ("art", 1),
    ]


def test_check_health_tells_the_last_check_in_words(client: Client, catalogue: Server) -> None:
    now = timezone.now()
    Server.objects.filter(name=WEATHER).update(
        health_state=HealthState.DEGRADED,
        health_reason="It answers slowly",
        health_since=now - timedelta(hours=2),
        health_checked_at=now - timedelta(minutes=3),
        health_latency_ms=1234.56,
    )

    answer = told(client, "check_health", server=WEATHER)

    assert (answer["state"], answer["latency_ms"]) == ("degraded", 1234.6)
    assert answer["since"] == (now - timedelta(hours=2)).isoformat(timespec="seconds")
    assert answer["checked_at"] == (now - timedelta(minutes=3)).isoformat(timespec="seconds")
    assert answer["summary"] == (
        f"{WEATHER} has been degraded for 2 hours; looked at 3 minutes ago, "
        "when it answered in 1235 ms. It answers slowly."
    )


def test_a_check_of_this_minute_is_not_zero_minutes_old(client: Client, catalogue: Server) -> None:
    Server.objects.update(health_since=timezone.now(), health_checked_at=timezone.now())

    summary = told(client, "check_health", server=WEATHER)["summary"]

    assert summary == (
        f"{WEATHER} has been healthy for less than a minute; looked at less than a minute ago."
    )


def test_a_server_that_nobody_looked_at_is_unknown(client: Client, catalogue: Server) -> None:
    answer = told(client, "check_health", server=PAYMENTS)

    assert answer["summary"] == f"{PAYMENTS} is unknown; it was never looked at."
    assert answer["state"] == "unknown"
    assert "checked_at" not in answer


def test_the_resource_is_the_document_of_the_latest_version(
    client: Client, catalogue: Server
) -> None:
    templates = result(asked(client, "resources/templates/list"))["resourceTemplates"]
    read = result(asked(client, "resources/read", uri=f"rollcall://servers/{WEATHER}"))

    assert [each["uriTemplate"] for each in templates] == ["rollcall://servers/{+name}"]
    assert json.loads(read["contents"][0]["text"]) == catalogue.latest_version.document
    assert read["contents"][0]["mimeType"] == "application/json"


# --- Keeping to the schemas and to the room there is -------------------------------------------

CALLS: dict[str, dict[str, Any]] = {
    "find_tools": {"query": "rain", "include_schema": True},
    "find_servers": {"query": "rain"},
    "get_server": {"name": WEATHER},
    "get_tool": {"server": WEATHER, "tool": "get_forecast"},
    "list_categories": {},
    "check_health": {"server": WEATHER},
}


@pytest.mark.parametrize("tool", CALLS)
def test_every_answer_keeps_to_the_schema_that_promises_it(
    client: Client, catalogue: Server, tool: str
) -> None:
    listed = result(asked(client, "tools/list"))["tools"]
    promised = next(each["outputSchema"] for each in listed if each["name"] == tool)

    validate(told(client, tool, **CALLS[tool]), promised)


@pytest.fixture
def talkative(catalogue: Server) -> None:
    """Servers and tools that say more than anybody wants to read, with huge schemas."""
    sentence = "It reports rain in great detail. "
    properties = {
        f"argument_{n}": {"type": "string", "description": sentence * 20} for n in range(100)
    }
    schema = {"type": "object", "properties": properties}
    for number in range(30):
        server = ServerFactory.create(
            name=f"org.example/{'long-' * 30}{number}", description=sentence * 100
        )
        ToolFactory.create(
            server=server,
            name=f"tool_{number}",
            description=sentence * 100,
            definition=tool_definition(f"tool_{number}", inputSchema=schema),
        )
    for number in range(300):
        ToolFactory.create(server=catalogue, name=f"rain_{number:03}", description=sentence * 10)
    index_catalogue(now=NOW)


def test_no_answer_is_longer_than_an_agent_wants_to_read(client: Client, talkative: None) -> None:
    longest = LONGEST_ANSWER * 1.1  # the frame around what was measured
    for tool, arguments in (
        ("find_tools", {"query": "rain", "limit": 20}),
        ("find_tools", {"query": "rain", "limit": 20, "include_schema": True}),
        ("find_servers", {"query": "rain", "limit": 20}),
        ("get_server", {"name": WEATHER}),
        ("get_tool", {"server": f"org.example/{'long-' * 30}7", "tool": "tool_7"}),
    ):
        answer = called(client, tool, **arguments)
        assert size(answer["structuredContent"]) < longest, tool
        assert size(answer["content"][0]["text"]) < longest, tool
        assert answer["structuredContent"]["left_out"], tool


def test_what_was_left_out_is_told_when_it_is_asked_for(client: Client, talkative: None) -> None:
    asking = {"server": f"org.example/{'long-' * 30}7", "tool": "tool_7"}
    short, whole = (
        told(client, "get_tool", **asking),
        told(client, "get_tool", **asking, whole=True),
    )

    assert "whole=true" in " ".join(short["left_out"])
    assert len(whole["input_schema"]["properties"]) == 100
    assert "left_out" not in whole
    left_out = told(client, "get_server", name=WEATHER)["left_out"]
    assert any("more tools" in sentence for sentence in left_out)
