"""Reading ``tools/list`` to its end, or to our bounds, whatever the server makes of it."""

from collections.abc import Callable
from typing import Any

import pytest

from servers.mcp.failures import AuthorizationRequired, NotMcp, ProbeFailure, Refused
from servers.mcp.messages import METHOD_NOT_FOUND, SESSION, STREAMABLE_HTTP, Conversation, Dialect
from servers.mcp.tools import LARGEST_TOOL, MOST_PAGES, MOST_TOOLS, list_tools

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

    assert [each["name"] for each in listing.tools] == ["a", "b"]
    assert (listing.truncated, listing.incomplete, listing.ttl_ms) == ("", "", 60_000)


async def test_a_tool_is_kept_whole() -> None:
    whole = tool("a", title="A", annotations={"readOnlyHint": True}, vendor={"x": 1})

    listing = await list_tools(server_with(lambda cursor: {"tools": [whole]}))

    assert listing.tools == [whole]


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
        tool("huge", description="x" * LARGEST_TOOL),
        tool("nul", description="a\x00b"),
        tool("known"),
    ],
)
async def test_an_entry_that_is_no_tool_is_left_out_and_counted(entry: Any) -> None:
    page = {"tools": [tool("known"), entry, tool("other")]}

    listing = await list_tools(server_with(lambda cursor: page))

    assert [each["name"] for each in listing.tools] == ["known", "other"]
    assert listing.skipped == 1


async def test_text_about_the_character_nul_is_kept() -> None:
    about = tool("a", description=r"Escapes such as \u0000 and \\u0000.")

    assert (await list_tools(server_with(lambda cursor: {"tools": [about]}))).tools == [about]


async def test_an_endless_listing_stops_after_the_most_pages() -> None:
    def pages(cursor: str | None) -> Page:
        number = int(cursor or 0)
        return {"tools": [tool(f"t{number}")], "nextCursor": str(number + 1)}

    listing = await list_tools(server_with(pages))

    assert len(listing.tools) == MOST_PAGES
    assert "50 pages" in listing.truncated


async def test_a_long_listing_stops_after_the_most_tools() -> None:
    page = {"tools": [tool(f"t{number}") for number in range(MOST_TOOLS + 1)], "nextCursor": "2"}

    listing = await list_tools(server_with(lambda cursor: page))

    assert len(listing.tools) == MOST_TOOLS
    assert "1,000 tools" in listing.truncated


async def test_a_large_listing_stops_at_the_most_bytes() -> None:
    page = {"tools": [tool(f"t{n}", description="x" * 200_000) for n in range(30)]}

    listing = await list_tools(server_with(lambda cursor: page))

    assert len(listing.tools) == 10
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

    assert (listing.tools, listing.incomplete) == ([], "")


async def test_a_refusal_by_a_server_that_claims_no_tools_means_none() -> None:
    listing = await list_tools(server_with(failing_with(Refused("No", code=-32000)), {}))

    assert (listing.tools, listing.incomplete) == ([], "")


@pytest.mark.parametrize("failure", [Refused("Busy", code=-32000), NotMcp("Busy")])
async def test_a_failure_leaves_the_listing_incomplete(failure: ProbeFailure) -> None:
    assert (await list_tools(server_with(failing_with(failure)))).incomplete == "Busy"


async def test_a_page_without_a_list_leaves_the_listing_incomplete() -> None:
    listing = await list_tools(server_with(lambda cursor: {"tools": {}}))

    assert "no list of tools" in listing.incomplete


async def test_a_listing_that_asks_for_authorization_says_so() -> None:
    with pytest.raises(AuthorizationRequired):
        await list_tools(server_with(failing_with(AuthorizationRequired("Who are you?"))))
