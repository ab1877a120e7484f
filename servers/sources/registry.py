"""Fetches from a registry that speaks the official API (v0.1), page by page and bounded."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson

from accounts.encryption import Undecipherable, decrypt
from registry_site.lib.outbound import OutboundClient, OutboundError, outbound_client
from servers.models import Source
from servers.sources.failures import SourceFailed

# What the encryption of a source's credential is for.
CREDENTIAL_PURPOSE = "servers.source-credential"
PAGE_SIZE = 100
MOST_PAGES = 2_000
LARGEST_PAGE = 16 * 1024 * 1024  # bytes
LARGEST_ANSWER = 512 * 1024 * 1024  # bytes of all pages
PAGE_DEADLINE = 30.0  # seconds
DEADLINE = 600.0  # seconds for all pages
# What was changed while the registry answered the last time may carry an earlier time.
OVERLAP = timedelta(minutes=5)
_API_PATHS = ("/v0.1", "/v0")

Take = Callable[[list[Any], int], None]
Keep = Callable[[], Awaitable[None]]


class _Page(NamedTuple):
    values: list[Any]
    next_cursor: str
    size: int


async def read_pages(
    source: Source, *, updated_since: datetime | None, take: Take, keep: Keep
) -> None:
    """Hand the entries of each page to ``take``, with the page's number; ``keep`` goes between.

    All there is, or what changed since then; deleted entries too. Raises ``SourceFailed``.
    """
    query = _query(source, updated_since)
    try:
        async with (
            asyncio.timeout(DEADLINE),
            outbound_client(largest_response=LARGEST_PAGE) as client,
        ):
            client.headers.update(_authorization(source))
            await _walk(client, servers_url(source.location), query, take, keep)
    except TimeoutError as error:
        raise SourceFailed(f"It took longer than {DEADLINE:.0f} s to read all pages.") from error


def servers_url(location: str) -> str:
    """The address of the list, from the registry's own or from that of its API."""
    base = location.rstrip("/")
    return f"{base}/servers" if base.endswith(_API_PATHS) else f"{base}/v0.1/servers"


def _query(source: Source, updated_since: datetime | None) -> dict[str, str]:
    query = {"limit": str(PAGE_SIZE)}
    if source.latest_only:
        query["version"] = "latest"
    if updated_since is None:
        return query | {"include_deleted": "true"}
    return query | {"updated_since": (updated_since - OVERLAP).isoformat()}


def _authorization(source: Source) -> dict[str, str]:
    if not source.credential:
        return {}
    try:
        token = decrypt(source.credential, purpose=CREDENTIAL_PURPOSE)
    except Undecipherable as error:
        raise SourceFailed("Its credential cannot be decrypted any more: set it anew.") from error
    return {"Authorization": f"Bearer {token}"}


async def _walk(
    client: OutboundClient, url: str, query: dict[str, str], take: Take, keep: Keep
) -> None:
    cursors: set[str] = set()
    received = 0
    for number in range(1, MOST_PAGES + 1):
        page = await _page(client, url, query, number)
        take(page.values, number)
        await keep()
        received += page.size
        if not page.next_cursor:
            return
        if page.next_cursor in cursors:
            raise SourceFailed(f"Page {number} leads back to a page that was read already.")
        if received > LARGEST_ANSWER:
            raise SourceFailed(f"It has more than {LARGEST_ANSWER:,} bytes.")
        cursors.add(page.next_cursor)
        query = query | {"cursor": page.next_cursor}
    raise SourceFailed(f"It has more than {MOST_PAGES:,} pages.")


async def _page(client: OutboundClient, url: str, query: dict[str, str], number: int) -> _Page:
    try:
        async with asyncio.timeout(PAGE_DEADLINE):
            answer = await client.get(url, params=query)
    except TimeoutError as error:
        raise SourceFailed(f"Page {number} took longer than {PAGE_DEADLINE:.0f} s.") from error
    except OutboundError as error:
        raise SourceFailed(f"Page {number} could not be read: {error}") from error
    if answer.status_code != HTTPStatus.OK:
        raise SourceFailed(f"Page {number} was answered with status {answer.status_code}.")
    return _parsed(answer.content, number)


def _parsed(content: bytes, number: int) -> _Page:
    try:
        page = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise SourceFailed(f"Page {number} is not JSON.") from error
    values = page.get("servers") if isinstance(page, dict) else None
    if values is None and isinstance(page, dict) and "servers" in page:
        values = []  # how some programs write an empty list
    if not isinstance(values, list):
        raise SourceFailed(f"Page {number} is no list of servers.")
    metadata = page.get("metadata")
    cursor = metadata.get("nextCursor") if isinstance(metadata, dict) else None
    return _Page(values, cursor if isinstance(cursor, str) else "", len(content))
