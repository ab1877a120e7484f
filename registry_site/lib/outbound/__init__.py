"""The guard through which everything leaves: no request of ours reaches an address by surprise.

A server's address comes from whoever registers it, so every request is treated as one an
attacker wrote. Nothing else in Rollcall may build an HTTP client; an import contract holds that.
The guard knows nothing of MCP and has no wall clock: callers put ``asyncio.timeout`` around.
"""

from httpx2 import EventSource, Response, ServerSentEvent

from registry_site.lib.outbound.addresses import Allowlist
from registry_site.lib.outbound.client import OutboundClient, check_url, outbound_client
from registry_site.lib.outbound.credentials import NO_CREDENTIALS, Credentials, origin_of
from registry_site.lib.outbound.failures import (
    ConnectionFailed,
    OutboundError,
    OutboundRefused,
    ResponseRefused,
    ResponseTooLarge,
)

__all__ = [
    "NO_CREDENTIALS",
    "Allowlist",
    "ConnectionFailed",
    "Credentials",
    "EventSource",
    "OutboundClient",
    "OutboundError",
    "OutboundRefused",
    "Response",
    "ResponseRefused",
    "ResponseTooLarge",
    "ServerSentEvent",
    "check_url",
    "origin_of",
    "outbound_client",
]
