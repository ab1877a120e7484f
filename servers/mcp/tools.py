"""Reads a server's whole ``tools/list`` within bounds, whatever the server makes of it."""

import re
from dataclasses import dataclass, field
from typing import Any

import orjson

from registry_site.lib.json_body import nesting_exceeds
from servers.mcp.failures import AuthorizationRequired, ProbeFailure, Refused
from servers.mcp.messages import METHOD_NOT_FOUND, Conversation

MOST_PAGES = 50
MOST_TOOLS = 1000
LARGEST_LISTING = 2 * 1024 * 1024
LARGEST_TOOL = 256 * 1024
LONGEST_NAME = 255
DEEPEST_NESTING = 64

# PostgreSQL stores no U+0000; an even number of backslashes before it is text about it.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(kw_only=True)
class Listing:
    """What ``tools/list`` gave."""

    tools: list[dict[str, Any]] = field(default_factory=list)
    # Why reading stopped at one of our bounds; the tools until there are the server's first.
    truncated: str = ""
    # Why the server did not come to the end; which tools it has is then not known.
    incomplete: str = ""
    skipped: int = 0
    ttl_ms: int | None = None
    size: int = 0

    def add_page(self, entries: list[Any]) -> None:
        """Take up the entries that are tools, count the others, and stop at the bounds."""
        names = {tool["name"] for tool in self.tools}
        for entry in entries:
            size = _size_of_tool(entry)
            if size is None or entry["name"] in names:
                self.skipped += 1
            elif len(self.tools) >= MOST_TOOLS:
                self.truncated = f"Only the first {MOST_TOOLS:,} tools were read."
                return
            elif self.size + size > LARGEST_LISTING:
                self.truncated = f"Only the first {LARGEST_LISTING:,} bytes of tools were read."
                return
            else:
                names.add(entry["name"])
                self.tools.append(entry)
                self.size += size


async def list_tools(conversation: Conversation) -> Listing:
    """Every tool, page by page. Raises ``AuthorizationRequired``; any other failure is told."""
    listing = Listing()
    try:
        await _read_pages(conversation, listing)
    except AuthorizationRequired:
        raise
    except Refused as refused:
        if refused.code != METHOD_NOT_FOUND and "tools" in conversation.capabilities:
            listing.incomplete = refused.reason
    except ProbeFailure as failure:
        listing.incomplete = failure.reason
    return listing


async def _read_pages(conversation: Conversation, listing: Listing) -> None:
    cursor: str | None = None
    seen: set[str | None] = set()
    for _ in range(MOST_PAGES):
        seen.add(cursor)
        page = await conversation.ask("tools/list", {} if cursor is None else {"cursor": cursor})
        entries = page.get("tools")
        if not isinstance(entries, list):
            listing.incomplete = "The answer to tools/list holds no list of tools."
            return
        listing.add_page(entries)
        if isinstance(page.get("ttlMs"), int):
            listing.ttl_ms = page["ttlMs"]
        cursor = page.get("nextCursor")
        if listing.truncated or not isinstance(cursor, str):
            return
        if cursor in seen:
            listing.truncated = "The server repeated a cursor; its tools until there were read."
            return
    listing.truncated = f"Only the first {MOST_PAGES} pages of tools were read."


def _size_of_tool(entry: Any) -> int | None:
    """The bytes of ``entry`` as JSON, or ``None`` if it is not a tool that can be kept."""
    if not isinstance(entry, dict) or nesting_exceeds(entry, DEEPEST_NESTING):
        return None
    name = entry.get("name")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        return None
    encoded = orjson.dumps(entry)
    if len(encoded) > LARGEST_TOOL or _NUL.search(encoded):
        return None
    return len(encoded)
