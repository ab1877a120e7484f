"""HTTP+SSE, the transport of 2024-11-05: answers arrive on one long event stream."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urljoin, urlsplit

import orjson

from registry_site.lib.outbound import (
    EventSource,
    OutboundClient,
    OutboundRefused,
    Response,
    ServerSentEvent,
    check_url,
)
from servers.mcp.failures import NotMcp, failure_of_status, network_failures
from servers.mcp.messages import (
    INITIALIZE,
    INITIALIZED,
    SESSION,
    SSE,
    Conversation,
    Dialect,
    find_reply,
    request,
    result_of,
    session_facts,
    session_version,
)

Events = AsyncIterator[ServerSentEvent]

# A server of this transport names its endpoint at once. One of Streamable HTTP may open a stream
# as well, on which nothing comes.
_ENDPOINT_SECONDS = 3.0


@asynccontextmanager
async def open_sse(client: OutboundClient, url: str) -> AsyncIterator[Conversation]:
    """Open the event stream, learn from it where to POST to, and introduce ourselves."""
    numbers = itertools.count(1)
    with network_failures():
        async with client.stream("GET", url, headers={"Accept": "text/event-stream"}) as response:
            events = _events_of(response)
            post_url = _post_url(client, await _first_endpoint(events), url)

            async def ask(method: str, params: dict[str, Any]) -> dict[str, Any]:
                return await _ask(client, post_url, events, request(next(numbers), method, params))

            started = time.perf_counter()
            result = await _ask(client, post_url, events, INITIALIZE)
            latency_ms = round((time.perf_counter() - started) * 1000, 1)
            server_info, capabilities = session_facts(result)
            conversation = Conversation(
                dialect=Dialect(SSE, SESSION),
                protocol_version=session_version(result),
                server_info=server_info,
                capabilities=capabilities,
                latency_ms=latency_ms,
                ask=ask,
            )
            await _post(client, post_url, INITIALIZED)
            yield conversation


def _events_of(response: Response) -> Events:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if not response.is_success or kind != "text/event-stream":
        raise failure_of_status(response)
    response.encoding = "utf-8"
    return aiter(EventSource(response))


async def _first_endpoint(events: Events) -> str:
    """What the ``endpoint`` event says. Raises ``NotMcp`` when none comes."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_ENDPOINT_SECONDS):
            async for event in events:
                if event.event == "endpoint":
                    return event.data
    raise NotMcp("Opens an event stream, but names no endpoint on it.")


def _post_url(client: OutboundClient, endpoint: str, url: str) -> str:
    """The address to POST to, which has to be of the same origin as ``url``."""
    try:
        post_url = urljoin(url, endpoint)
        same_origin = urlsplit(post_url)[:2] == urlsplit(url)[:2]
        check_url(post_url)
    except (ValueError, OutboundRefused) as error:
        why = client.credentials.masked(str(error))
        raise NotMcp(f"Names an endpoint that cannot be used: {why}") from error
    if not same_origin:
        raise NotMcp("Names an endpoint on another host than its own.")
    return post_url


async def _ask(
    client: OutboundClient, post_url: str, events: Events, message: dict[str, Any]
) -> dict[str, Any]:
    await _post(client, post_url, message)
    with network_failures():
        async for event in events:
            reply = find_reply(event.data, message["id"])
            if reply is not None:
                client.credentials.mask_json(reply)
                return result_of(reply, message["method"], http_status=None)
    raise NotMcp(f"The event stream ended before {message['method']} was answered.")


async def _post(client: OutboundClient, post_url: str, message: dict[str, Any]) -> None:
    with network_failures():
        async with client.stream(
            "POST",
            post_url,
            content=orjson.dumps(message),
            headers={"Content-Type": "application/json"},
        ) as response:
            if not response.is_success:
                raise failure_of_status(response)
