"""Streamable HTTP: one endpoint, a POST a message, answered by JSON or by an event stream."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson

from registry_site.lib.outbound import EventSource, OutboundClient, OutboundError, Response
from servers.mcp.failures import NotMcp, failure_of_status, network_failures
from servers.mcp.messages import (
    INITIALIZE,
    INITIALIZED,
    SESSION,
    STATELESS,
    STATELESS_VERSION,
    STREAMABLE_HTTP,
    Conversation,
    Dialect,
    find_reply,
    request,
    result_of,
    session_facts,
    session_version,
    stateless_facts,
    stateless_request,
)

Headers = dict[str, str]

_HEADERS = {
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
}
# Taking leave is a courtesy; a server that is slow about it is not waited for.
_FAREWELL_SECONDS = 1.0


@asynccontextmanager
async def open_stateless(client: OutboundClient, url: str) -> AsyncIterator[Conversation]:
    """Speak revision 2026-07-28: each request stands alone."""
    numbers = itertools.count(1)

    async def ask(method: str, params: dict[str, Any]) -> dict[str, Any]:
        headers = {"MCP-Protocol-Version": STATELESS_VERSION, "Mcp-Method": method}
        message = stateless_request(next(numbers), method, params)
        result, _ = await _exchange(client, url, message, headers)
        return result

    started = time.perf_counter()
    server_info, capabilities = stateless_facts(await ask("server/discover", {}))
    yield Conversation(
        dialect=Dialect(STREAMABLE_HTTP, STATELESS),
        protocol_version=STATELESS_VERSION,
        server_info=server_info,
        capabilities=capabilities,
        latency_ms=_milliseconds_since(started),
        ask=ask,
    )


@asynccontextmanager
async def open_session(client: OutboundClient, url: str) -> AsyncIterator[Conversation]:
    """Speak the revisions up to 2025-11-25: ``initialize``, and a session the server may keep."""
    numbers = itertools.count(1)
    started = time.perf_counter()
    result, given = await _exchange(client, url, INITIALIZE, {})
    latency_ms = _milliseconds_since(started)
    version = session_version(result)
    headers = {"MCP-Protocol-Version": version} | _session_header(given)
    server_info, capabilities = session_facts(result)

    async def ask(method: str, params: dict[str, Any]) -> dict[str, Any]:
        message = request(next(numbers), method, params)
        result, _ = await _exchange(client, url, message, headers)
        return result

    await _notify(client, url, headers)
    yield Conversation(
        dialect=Dialect(STREAMABLE_HTTP, SESSION),
        protocol_version=version,
        server_info=server_info,
        capabilities=capabilities,
        latency_ms=latency_ms,
        ask=ask,
    )
    if "Mcp-Session-Id" in headers:
        await _take_leave(client, url, headers)


async def _exchange(
    client: OutboundClient, url: str, message: dict[str, Any], headers: Headers
) -> tuple[dict[str, Any], Response]:
    """Send a request; returns its result and the HTTP answer it came in."""
    with network_failures():
        async with client.stream(
            "POST", url, content=orjson.dumps(message), headers=_HEADERS | headers
        ) as response:
            reply = await _reply_in(response, message["id"])
    client.credentials.mask_json(reply)
    if reply is None or response.status_code in (401, 403, 429):
        raise failure_of_status(response)
    return result_of(reply, message["method"], http_status=response.status_code), response


async def _reply_in(response: Response, number: int) -> dict[str, Any] | None:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == "text/event-stream":
        # Event streams are UTF-8 whatever the header claims.
        response.encoding = "utf-8"
        async for event in EventSource(response):
            reply = find_reply(event.data, number)
            if reply is not None:
                return reply
        return None
    body = await response.aread()
    if kind != "application/json" and response.is_success:
        return None
    return find_reply(body, number)


async def _notify(client: OutboundClient, url: str, headers: Headers) -> None:
    """Tell the server that the session is in use; what it answers does not matter."""
    with network_failures():
        async with client.stream(
            "POST", url, content=orjson.dumps(INITIALIZED), headers=_HEADERS | headers
        ):
            pass


async def _take_leave(client: OutboundClient, url: str, headers: Headers) -> None:
    """End the session, so that the server need not keep it until it times out."""
    with suppress(OutboundError, TimeoutError):
        async with asyncio.timeout(_FAREWELL_SECONDS):
            async with client.stream("DELETE", url, headers=headers):
                pass


def _session_header(response: Response) -> Headers:
    """The session to name from now on. Raises ``NotMcp`` for an id that no header may carry."""
    session_id: str = response.headers.get("Mcp-Session-Id", "")
    if not session_id:
        return {}
    if not all("\x21" <= character <= "\x7e" for character in session_id):
        raise NotMcp("Gave a session id with characters that a header cannot carry.")
    return {"Mcp-Session-Id": session_id}


def _milliseconds_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
