"""The few JSON-RPC messages a probe exchanges, and what an answer to one must look like.

Pure: nothing here touches the network.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from servers.mcp.failures import NotMcp, Refused

STREAMABLE_HTTP: Final = "streamable-http"
SSE: Final = "sse"
STATELESS: Final = "stateless"
SESSION: Final = "session"

STATELESS_VERSION: Final = "2026-07-28"
SESSION_VERSIONS: Final = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")

METHOD_NOT_FOUND: Final = -32601

_CLIENT: Final = {"name": "rollcall", "version": "0.1.0"}
_META: Final = "io.modelcontextprotocol/"


class Dialect(NamedTuple):
    """A way to speak MCP: over which transport, and with a session or without."""

    transport: str
    era: str


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """A server that has introduced itself and can be asked more."""

    dialect: Dialect
    protocol_version: str
    server_info: dict[str, Any]
    capabilities: dict[str, Any]
    latency_ms: float
    # Sends a method with its parameters and returns the result. Raises ``ProbeFailure``.
    ask: Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]


def request(number: int, method: str, params: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def stateless_request(number: int, method: str, params: dict[str, Any]) -> dict[str, Any]:
    """A request of the stateless era, which says with every message who speaks which revision."""
    meta = {
        f"{_META}protocolVersion": STATELESS_VERSION,
        f"{_META}clientCapabilities": {},
        f"{_META}clientInfo": _CLIENT,
    }
    return request(number, method, params | {"_meta": meta})


INITIALIZE: Final = request(
    0,
    "initialize",
    {"protocolVersion": SESSION_VERSIONS[0], "capabilities": {}, "clientInfo": _CLIENT},
)
INITIALIZED: Final = {"jsonrpc": "2.0", "method": "notifications/initialized"}


def find_reply(payload: bytes | str, number: int) -> dict[str, Any] | None:
    """The reply to request ``number`` in a JSON text, be it alone or in a batch; or ``None``.

    An error without an id answers a request whose id could not be read, hence also ours.
    """
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    for message in value if isinstance(value, list) else [value]:
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            continue
        if "method" in message:  # a request or notification of the server's own
            continue
        if message.get("id") == number and isinstance(message.get("result"), dict):
            return message
        if message.get("id") in (number, None) and isinstance(message.get("error"), dict):
            return message
    return None


def result_of(reply: dict[str, Any], method: str, *, http_status: int | None) -> dict[str, Any]:
    """The result in ``reply``; raises ``Refused`` with the server's words for an error."""
    if "error" not in reply:
        result: dict[str, Any] = reply["result"]
        return result
    code, message = reply["error"].get("code"), reply["error"].get("message")
    raise Refused(
        f"Refused {method}: {message!s:.300} ({code!s:.20}).",
        code=code if isinstance(code, int) else None,
        http_status=http_status,
    )


def stateless_facts(result: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Who the server is and what it can do, from a ``server/discover`` result.

    Raises ``NotMcp`` when the result does not offer the stateless revision.
    """
    versions = result.get("supportedVersions")
    if not isinstance(versions, list) or STATELESS_VERSION not in versions:
        raise NotMcp(f"Does not offer revision {STATELESS_VERSION} of MCP.")
    meta = _object(result.get("_meta"))
    return _object(meta.get(f"{_META}serverInfo")), _object(result.get("capabilities"))


def session_version(result: dict[str, Any]) -> str:
    """The revision agreed on by ``initialize``. Raises ``NotMcp`` for one nobody knows."""
    version = result.get("protocolVersion")
    if version not in SESSION_VERSIONS:
        raise NotMcp(f"Offers a revision of MCP that is not known: {version!s:.40}.")
    return str(version)


def session_facts(result: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Who the server is and what it can do, from an ``initialize`` result."""
    return _object(result.get("serverInfo")), _object(result.get("capabilities"))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
