"""A guarded client whose network is a fake, and whose names resolve as each test says."""

import ipaddress
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpcore2
import httpx2

from registry_site.lib.outbound.addresses import Address, Allowlist
from registry_site.lib.outbound.client import GuardedTransport, Resolver

PUBLIC = "93.184.215.14"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


class FakeStream(httpcore2.AsyncMockStream):
    """Notes the name that TLS would be verified against."""

    tls_name: str | None = None

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        self.tls_name = server_hostname
        return self


class FakeNetwork(httpcore2.AsyncNetworkBackend):
    """Answers every connection with ``answer``, and notes where it went."""

    def __init__(self, answer: bytes = OK, failures: dict[str, Exception] | None = None) -> None:
        self.answer = answer
        self.failures = failures or {}
        self.connections: list[tuple[str, int]] = []
        self.streams: list[FakeStream] = []

    async def connect_tcp(
        self, host: str, port: int, *args: Any, **options: Any
    ) -> httpcore2.AsyncNetworkStream:
        self.connections.append((host, port))
        if host in self.failures:
            raise self.failures[host]
        parts = [self.answer[at : at + 4096] for at in range(0, len(self.answer), 4096)]
        self.streams.append(FakeStream(parts))
        return self.streams[-1]


def resolving(**names: list[str]) -> Resolver:
    """A resolver that knows ``names`` (dots as underscores) and literal addresses."""

    async def resolve(host: str, port: int) -> list[Address]:
        answers = names.get(host.replace(".", "_"))
        return [ipaddress.ip_address(each) for each in answers or [host]]

    return resolve


@asynccontextmanager
async def guarded(
    network: FakeNetwork, resolve: Resolver, allow: Iterable[str] = (), limit: int = 1000
) -> AsyncIterator[httpx2.AsyncClient]:
    transport = GuardedTransport(Allowlist.parse(allow), resolve, limit, network)
    async with httpx2.AsyncClient(transport=transport) as client:
        yield client
