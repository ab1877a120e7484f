"""Reading what a server lists to its end, or to our bounds, whatever the server makes of it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from servers.mcp import listings
from servers.mcp.failures import AuthorizationRequired, NotMcp, ProbeFailure, Refused
from servers.mcp.listings import (
    LARGEST_ENTRY,
    MOST_ENTRIES,
    MOST_PAGES,
    list_prompts,
    list_resources,
    list_tools,
)
from servers.mcp.messages import METHOD_NOT_FOUND, SESSION, STREAMABLE_HTTP, Conversation, Dialect

Page = dict[str, Any]


def tool(name: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "inputSchema": {"type": "object"}} | more


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"items": value}
    return value


def server_with(
    pages: Callable[[str | None], Page], capabilities: dict[str, Any] | None = None
) -> Conversation:
    """A conversation with a server whose listing is ``pages(cursor)``."""

    async def ask(method: str, params: dict[str, Any]) -> Page:
        assert method == "tools/list"
        return pages(params.get("cursor"))

    return Conversation(
        dialect=Dialect(STREAMABLE_HTTP, SESSION),
        protocol_version="2025-11-25",
        server_info={},
        capabilities={"tools": {}} if capabilities is None else capabilities,
        latency_ms=1.0,
        ask=ask,
    )


def failing_with(failure: ProbeFailure) -> Callable[[str | None], Page]:
    def pages(cursor: str | None) -> Page:
        raise failure

    return pages


async def test_pages_are_read_until_there_is_no_cursor() -> None:
    pages: dict[str | None, Page] = {
        None: {"tools": [tool("a")], "nextCursor": "2", "ttlMs": 60_000},
        "2": {"tools": [tool("b")]},
    }

    listing = await list_tools(server_with(pages.__getitem__))

    assert [each["name"] for each in listing.entries] == ["a", "b"]
    assert (listing.truncated, listing.incomplete, listing.ttl_ms) == ("", "", 60_000)


async def test_a_tool_is_kept_whole() -> None:
    whole = tool("a", title="A", annotations={"readOnlyHint": True}, vendor={"x": 1})

    listing = await list_tools(server_with(lambda cursor: {"tools": [whole]}))

    assert listing.entries == [whole]


@pytest.mark.parametrize(
    "entry",
    [
        None,
        "text",
        [],
        {},
        tool(""),
        tool(7),
        tool("x" * 256),
        tool("deep", inputSchema=nested(100)),
        tool("huge", description="x" * LARGEST_ENTRY),
        tool("nul", description="a\x00b"),
        tool("known"),
    ],
)
async def test_an_entry_that_is_no_tool_is_left_out_and_counted(entry: Any) -> None:
    page = {"tools": [tool("known"), entry, tool("other")]}

    listing = await list_tools(server_with(lambda cursor: page))

    assert [each["name"] for each in listing.entries] == ["known", "other"]
    assert listing.skipped == 1


async def test_text_about_the_character_nul_is_kept() -> None:
    about = tool("a", description=r"Escapes such as \u0000 and \\u0000.")

    assert (await list_tools(server_with(lambda cursor: {"tools": [about]}))).entries == [about]


async def test_an_endless_listing_stops_after_the_most_pages() -> None:
    def pages(cursor: str | None) -> Page:
        number = int(cursor or 0)
        return {"tools": [tool(f"t{number}")], "nextCursor": str(number + 1)}

    listing = await list_tools(server_with(pages))

    assert len(listing.entries) == MOST_PAGES
    assert "50 pages" in listing.truncated


async def test_a_long_listing_stops_after_the_most_tools() -> None:
    page = {"tools": [tool(f"t{number}") for number in range(MOST_ENTRIES + 1)], "nextCursor": "2"}

    listing = await list_tools(server_with(lambda cursor: page))

    assert len(listing.entries) == MOST_ENTRIES
    assert "1,000 tools" in listing.truncated


async def test_a_large_listing_stops_at_the_most_bytes() -> None:
    page = {"tools": [tool(f"t{n}", description="x" * 200_000) for n in range(30)]}

    listing = await list_tools(server_with(lambda cursor: page))

    assert len(listing.entries) == 10
    assert "bytes" in listing.truncated


async def test_a_repeated_cursor_ends_the_listing() -> None:
    asked: list[str | None] = []

    def pages(cursor: str | None) -> Page:
        asked.append(cursor)
        return {"tools": [], "nextCursor": "a" if cursor != "a" else "b" if len(asked) < 3 else "a"}

    listing = await list_tools(server_with(pages))

    assert asked == [None, "a", "b"]
    assert "repeated a cursor" in listing.truncated


@pytest.mark.parametrize("capabilities", [{}, {"tools": {}}])
async def test_a_server_without_the_method_has_no_tools(capabilities: dict[str, Any]) -> None:
    pages = failing_with(Refused("No such method", code=METHOD_NOT_FOUND))

    listing = await list_tools(server_with(pages, capabilities))

    assert (listing.entries, listing.incomplete) == ([], "")


async def test_a_refusal_by_a_server_that_claims_no_tools_means_none() -> None:
    listing = await list_tools(server_with(failing_with(Refused("No", code=-32000)), {}))

    assert (listing.entries, listing.incomplete) == ([], "")


@pytest.mark.parametrize("failure", [Refused("Busy", code=-32000), NotMcp("Busy")])
async def test_a_failure_leaves_the_listing_incomplete(failure: ProbeFailure) -> None:
    assert (await list_tools(server_with(failing_with(failure)))).incomplete == "Busy"


async def test_a_page_without_a_list_leaves_the_listing_incomplete() -> None:
    listing = await list_tools(server_with(lambda cursor: {"tools": {}}))

    assert "no list of tools" in listing.incomplete


async def test_a_listing_that_asks_for_authorization_says_so() -> None:
    with pytest.raises(AuthorizationRequired):
        await list_tools(server_with(failing_with(AuthorizationRequired("Who are you?"))))


# --- Prompts and resources ---------------------------------------------------------------------


def server_of(answers: dict[str, Page | ProbeFailure], *announced: str) -> Conversation:
    """A conversation with a server that has one answer to each method."""

    async def ask(method: str, params: dict[str, Any]) -> Page:
        answer = answers[method]
        if isinstance(answer, ProbeFailure):
            raise answer
        return answer

    silent = server_with(lambda cursor: {}, dict.fromkeys(announced, {}))
    return replace(silent, ask=ask)


async def test_prompts_are_asked_for_where_they_are_announced() -> None:
    answers: dict[str, Page | ProbeFailure] = {"prompts/list": {"prompts": [{"name": "p"}]}}

    assert (await list_prompts(server_of(answers, "prompts"))).entries == [{"name": "p"}]
    assert (await list_prompts(server_of({}))).known == []


async def test_resources_and_their_templates_are_one_listing() -> None:
    answers: dict[str, Page | ProbeFailure] = {
        "resources/list": {"resources": [{"uri": "f://a"}, {"uri": "f://a"}, {"name": "none"}]},
        "resources/templates/list": {"resourceTemplates": [{"uriTemplate": "f://{x}"}]},
    }

    listing = await list_resources(server_of(answers, "resources"))

    assert listing.entries == [{"uri": "f://a"}, {"uriTemplate": "f://{x}"}]
    assert listing.skipped == 2


async def test_a_server_of_resources_may_have_no_templates() -> None:
    answers: dict[str, Page | ProbeFailure] = {
        "resources/list": {"resources": [{"uri": "f://a"}]},
        "resources/templates/list": Refused("No such method", code=METHOD_NOT_FOUND),
    }

    assert (await list_resources(server_of(answers, "resources"))).known == [{"uri": "f://a"}]


@pytest.mark.parametrize(
    "failure", [Refused("Busy"), NotMcp("Busy"), AuthorizationRequired("Busy")]
)
async def test_prompts_that_cannot_be_listed_prove_nothing(failure: ProbeFailure) -> None:
    listing = await list_prompts(server_of({"prompts/list": failure}, "prompts"))

    assert (listing.incomplete, listing.known) == ("Busy", None)


async def test_prompts_that_never_come_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "PATIENCE_SECONDS", 0.01)

    async def never(method: str, params: dict[str, Any]) -> Page:
        await asyncio.Event().wait()
        return {}

    silent = replace(server_of({}, "prompts"), ask=never)

    assert (await list_prompts(silent)).incomplete == "No complete answer within 0.01 s."
