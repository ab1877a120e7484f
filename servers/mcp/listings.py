"""Reads what a server lists (tools, prompts, resources) within bounds, whatever it makes of it.

What is listed is kept as data: no address in it is ever followed, be it a schema's ``$ref``, an
icon or a resource.
"""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

from registry_site.lib.json_body import nesting_exceeds
from servers.mcp.failures import AuthorizationRequired, ProbeFailure, Refused
from servers.mcp.messages import METHOD_NOT_FOUND, Conversation

MOST_PAGES = 50
MOST_ENTRIES = 1000
LARGEST_LISTING = 2 * 1024 * 1024
LARGEST_ENTRY = 256 * 1024
LONGEST_NAME = 255
LONGEST_URI = 1000
DEEPEST_NESTING = 64
# For what stands beside the tools, which must not cost the probe its result.
PATIENCE_SECONDS = 2.0

# PostgreSQL stores no U+0000; an even number of backslashes before it is text about it.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Method(NamedTuple):
    """A method that lists something, and how its answer looks."""

    name: str
    capability: str  # under which a server announces it; also what it lists, in words
    entries: str
    key: str  # the field by which an entry is known
    longest_key: int


TOOLS: Final = Method("tools/list", "tools", "tools", "name", LONGEST_NAME)
PROMPTS: Final = Method("prompts/list", "prompts", "prompts", "name", LONGEST_NAME)
RESOURCES: Final = Method("resources/list", "resources", "resources", "uri", LONGEST_URI)
TEMPLATES: Final = Method(
    "resources/templates/list", "resources", "resourceTemplates", "uriTemplate", LONGEST_URI
)


@dataclass(kw_only=True)
class Listing:
    """What a server listed of one kind."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    # Why reading stopped at one of our bounds; the entries until there are the server's first.
    truncated: str = ""
    # Why the server did not come to the end; what it has is then not known.
    incomplete: str = ""
    skipped: int = 0
    ttl_ms: int | None = None
    size: int = 0

    @property
    def known(self) -> list[dict[str, Any]] | None:
        """The entries, or ``None`` where they prove nothing."""
        return None if self.incomplete else self.entries

    def add_page(self, method: Method, entries: list[Any]) -> None:
        """Take up the entries that can be kept, count the others, and stop at the bounds."""
        taken = {entry.get(method.key) for entry in self.entries}
        for entry in entries:
            size = _size_of_entry(entry, method)
            if size is None or entry[method.key] in taken:
                self.skipped += 1
            elif len(self.entries) >= MOST_ENTRIES:
                self.truncated = f"Only the first {MOST_ENTRIES:,} {method.capability} were read."
                return
            elif self.size + size > LARGEST_LISTING:
                self.truncated = (
                    f"Only the first {LARGEST_LISTING:,} bytes of {method.capability} were read."
                )
                return
            else:
                taken.add(entry[method.key])
                self.entries.append(entry)
                self.size += size


async def list_tools(conversation: Conversation) -> Listing:
    """Every tool, page by page. Raises ``AuthorizationRequired``; any other failure is told."""
    listing = Listing()
    try:
        await _read(conversation, TOOLS, listing)
    except AuthorizationRequired:
        raise
    except ProbeFailure as failure:
        listing.incomplete = failure.reason
    return listing


async def list_prompts(conversation: Conversation) -> Listing:
    """Every prompt of a server that announces prompts; any failure is told."""
    return await _read_patiently(conversation, PROMPTS)


async def list_resources(conversation: Conversation) -> Listing:
    """The same of resources and of templates of resources."""
    return await _read_patiently(conversation, RESOURCES, TEMPLATES)


async def _read_patiently(conversation: Conversation, *methods: Method) -> Listing:
    listing = Listing()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            for method in methods:
                if method.capability in conversation.capabilities:
                    await _read(conversation, method, listing)
    except ProbeFailure as failure:
        listing.incomplete = failure.reason
    except TimeoutError:
        listing.incomplete = f"No complete answer within {PATIENCE_SECONDS:g} s."
    return listing


async def _read(conversation: Conversation, method: Method, listing: Listing) -> None:
    """Read to the end. A refusal means none where the server never claimed to have any."""
    try:
        await _read_pages(conversation, method, listing)
    except Refused as refused:
        is_claimed = method.capability in conversation.capabilities
        if refused.code != METHOD_NOT_FOUND and is_claimed:
            raise


async def _read_pages(conversation: Conversation, method: Method, listing: Listing) -> None:
    cursor: str | None = None
    seen: set[str | None] = set()
    for _ in range(MOST_PAGES):
        seen.add(cursor)
        page = await conversation.ask(method.name, {} if cursor is None else {"cursor": cursor})
        entries = page.get(method.entries)
        if not isinstance(entries, list):
            listing.incomplete = (
                f"The answer to {method.name} holds no list of {method.capability}."
            )
            return
        listing.add_page(method, entries)
        if isinstance(page.get("ttlMs"), int):
            listing.ttl_ms = page["ttlMs"]
        cursor = page.get("nextCursor")
        if listing.truncated or not isinstance(cursor, str):
            return
        if cursor in seen:
            listing.truncated = (
                f"The server repeated a cursor; its {method.capability} until there were read."
            )
            return
    listing.truncated = f"Only the first {MOST_PAGES} pages of {method.capability} were read."


def _size_of_entry(entry: Any, method: Method) -> int | None:
    """The bytes of ``entry`` as JSON, or ``None`` if it is not one that can be kept."""
    if not isinstance(entry, dict) or nesting_exceeds(entry, DEEPEST_NESTING):
        return None
    key = entry.get(method.key)
    if not isinstance(key, str) or not 0 < len(key) <= method.longest_key:
        return None
    encoded = orjson.dumps(entry)
    if len(encoded) > LARGEST_ENTRY or _NUL.search(encoded):
        return None
    return len(encoded)
