"""One message and its answer, by the transport of the official SDK.

The SDK is made for a process that keeps its sessions. Here every message gets a transport of its
own, which lives as long as the answer takes: no session ties a client to one of several processes,
and nothing has to be started before the first message or stopped after the last.
"""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import anyio
import orjson
from asgiref.sync import async_to_sync
from django.http import HttpResponse
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from accounts.services import Principal
from search.mcp.program import PRINCIPAL, server

Event = MutableMapping[str, Any]

# The door has read them; what speaks the protocol needs none of them.
KEPT_AT_THE_DOOR = {"authorization", "cookie", "content-length", "transfer-encoding"}
JSON = "application/json"


@dataclass(frozen=True, kw_only=True)
class Message:
    """A parsed JSON-RPC message, the headers it came with and who sends it."""

    content: dict[str, Any]
    headers: Mapping[str, str]
    principal: Principal

    @property
    def scope(self) -> dict[str, Any]:
        """The request as ASGI describes it."""
        return {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/mcp",
            "query_string": b"",
            "headers": [
                (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
                for name, value in self.headers.items()
                if name.lower() not in KEPT_AT_THE_DOOR
            ],
            PRINCIPAL: self.principal,
        }


@dataclass
class Exchange:
    """The two ends that an ASGI application talks to, for one request."""

    body: bytes
    received: bool = False
    status: int = 500
    content_type: str = JSON
    answer: bytes = b""

    async def receive(self) -> Event:
        """The whole message; then nothing more, nor a word of who hung up."""
        if self.received:
            await anyio.sleep_forever()
        self.received = True
        return {"type": "http.request", "body": self.body, "more_body": False}

    async def send(self, event: Event) -> None:
        if event["type"] == "http.response.start":
            self.status = event["status"]
            told = dict(event["headers"]).get(b"content-type", JSON.encode())
            self.content_type = told.decode("latin-1")
        else:
            self.answer += event.get("body", b"")


def answered(message: Message) -> HttpResponse:
    """What the server says to ``message``."""
    exchange = Exchange(orjson.dumps(message.content))
    async_to_sync(_speak)(message.scope, exchange)
    headers = {"Content-Type": exchange.content_type, "Cache-Control": "no-store"}
    return HttpResponse(exchange.answer, status=exchange.status, headers=headers)


async def _speak(scope: dict[str, Any], exchange: Exchange) -> None:
    # Without settings the SDK looks at neither host nor origin: the door has, by its own lists.
    manager = StreamableHTTPSessionManager(server(), json_response=True, stateless=True)
    async with manager.run():
        await manager.handle_request(scope, exchange.receive, exchange.send)
