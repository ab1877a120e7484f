"""Finds out which MCP a server speaks and what it offers, by asking in every dialect."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from registry_site.lib.outbound import OutboundClient, check_url
from servers.mcp.failures import NotMcp, ProbeFailure, Refused, network_failures
from servers.mcp.listings import Listing, list_prompts, list_resources, list_tools
from servers.mcp.messages import (
    SESSION,
    SSE,
    STATELESS,
    STREAMABLE_HTTP,
    Conversation,
    Dialect,
)
from servers.mcp.sse import open_sse
from servers.mcp.streamable_http import open_session, open_stateless

Opener = Callable[[OutboundClient, str], AbstractAsyncContextManager[Conversation]]

# Newest first: a server of both eras is asked in the stateless one.
_OPENERS: dict[Dialect, Opener] = {
    Dialect(STREAMABLE_HTTP, STATELESS): open_stateless,
    Dialect(STREAMABLE_HTTP, SESSION): open_session,
    Dialect(SSE, SESSION): open_sse,
}


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a server is said to be, and over which transport (``streamable-http`` or ``sse``)."""

    url: str
    transport: str


@dataclass(frozen=True, kw_only=True)
class Discovery:
    """What a server said of itself and what it offers, and the dialect it said it in."""

    dialect: Dialect
    protocol_version: str
    server_info: dict[str, Any]
    latency_ms: float  # of the first answer
    tools: Listing
    prompts: Listing
    resources: Listing

    @property
    def transport(self) -> str:
        return self.dialect.transport

    @property
    def era(self) -> str:
        return self.dialect.era


async def discover(
    endpoint: Endpoint, *, client: OutboundClient, hint: Dialect | None = None
) -> Discovery:
    """Ask the server at ``endpoint`` what it offers, in the dialect of ``hint`` first.

    Raises ``ProbeFailure``. Has no deadline of its own: put ``asyncio.timeout`` around it.
    """
    with network_failures():
        check_url(endpoint.url)
    failures: list[ProbeFailure] = []
    for dialect in _in_order(endpoint.transport, hint):
        try:
            async with _OPENERS[dialect](client, endpoint.url) as conversation:
                return await _hear_out(conversation)
        except ProbeFailure as failure:
            if failure.conclusive:
                raise
            failures.append(failure)
    raise _verdict(failures)


async def _hear_out(conversation: Conversation) -> Discovery:
    """The tools first: they decide what a probe makes of the server."""
    return Discovery(
        dialect=conversation.dialect,
        protocol_version=conversation.protocol_version,
        server_info=conversation.server_info,
        latency_ms=conversation.latency_ms,
        tools=await list_tools(conversation),
        prompts=await list_prompts(conversation),
        resources=await list_resources(conversation),
    )


def _in_order(transport: str, hint: Dialect | None) -> list[Dialect]:
    """Every dialect: what worked last time, then those of the stated transport, newest first."""
    return sorted(_OPENERS, key=lambda it: (it != hint, it.transport != transport))


def _verdict(failures: Sequence[ProbeFailure]) -> ProbeFailure:
    """The failure that tells most: a refusal in MCP's own words, or else the first."""
    for failure in failures:
        if isinstance(failure, Refused):
            return failure
    if isinstance(failures[0], NotMcp):
        reasons = dict.fromkeys(it.reason for it in failures)
        return NotMcp(" ".join(reasons), http_status=failures[0].http_status)
    return failures[0]
