"""The guarded client: what may be asked, how a name becomes an address, how much is read."""

import asyncio
import ipaddress
import os
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import cache

import httpcore2
import httpx2
from django.conf import settings

from registry_site.lib.outbound.addresses import Address, Allowlist, refusal
from registry_site.lib.outbound.credentials import NO_CREDENTIALS, Credentials, origin
from registry_site.lib.outbound.failures import (
    ConnectionFailed,
    OutboundRefused,
    ResponseRefused,
    ResponseTooLarge,
)

Resolver = Callable[[str, int], Awaitable[list[Address]]]

LARGEST_RESPONSE = 1024 * 1024
# Seconds without progress; the whole is bounded by the caller's own deadline.
_TIMEOUT = httpx2.Timeout(10.0, connect=5.0)
_LIMITS = httpx2.Limits(max_connections=4, max_keepalive_connections=2, keepalive_expiry=5.0)
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "Rollcall"}
_HOST = re.compile(r"[A-Za-z0-9._:-]+")
_LOCALHOST = ipaddress.IPv4Address("127.0.0.1")

# Lookups block and may hang for as long as the system's resolver likes. Threads of their own keep
# a few dead name servers from holding up all other lookups, or the end of an event loop.
_LOOKUPS = ThreadPoolExecutor(max_workers=64, thread_name_prefix="outbound-lookup")


class OutboundClient(httpx2.AsyncClient):
    """A client that ``outbound_client`` made, which knows what it must not repeat."""

    credentials: Credentials = NO_CREDENTIALS


@asynccontextmanager
async def outbound_client(
    *,
    allow: Iterable[str] | None = None,
    resolve: Resolver | None = None,
    largest_response: int = LARGEST_RESPONSE,
    credentials: Credentials = NO_CREDENTIALS,
) -> AsyncIterator[OutboundClient]:
    """A client that reaches public addresses only, and ``allow`` (``OUTBOUND_ALLOW`` unless given).

    It follows no redirect, heeds no proxy variable, asks for identity encoding and stops reading
    any answer, streams included, after ``largest_response`` bytes. Cookies and connections last
    as long as the client: open one for each server that is talked to. ``credentials`` go with
    every request to their origin; the headers of answers and the words of failures come without
    them, bodies are for the caller to mask.
    """
    allowlist = Allowlist.parse(settings.OUTBOUND_ALLOW if allow is None else allow)
    transport = GuardedTransport(
        allowlist, resolve or lookup, largest_response, credentials=credentials
    )
    async with OutboundClient(
        transport=transport,
        timeout=_TIMEOUT,
        headers=_HEADERS,
        trust_env=False,
        follow_redirects=False,
    ) as client:
        client.credentials = credentials
        yield client


def check_url(url: str, *, allow: Iterable[str] | None = None) -> None:
    """Refuse at once, without a lookup, a URL that no request could ever be sent to.

    Raises ``OutboundRefused``. Passing is no promise: names are resolved and their addresses
    checked when the connection is made.
    """
    allowlist = Allowlist.parse(settings.OUTBOUND_ALLOW if allow is None else allow)
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise OutboundRefused(f"Not a URL: {error}") from error
    _check(parsed, allowlist)


def _check(url: httpx2.URL, allowlist: Allowlist) -> None:
    if url.scheme not in ("http", "https"):
        raise OutboundRefused(f"Only http and https are allowed, not {url.scheme or 'no scheme'}.")
    if url.userinfo:
        raise OutboundRefused("A URL must not carry a user name or password.")
    host = url.raw_host.decode("ascii")
    if not _HOST.fullmatch(host):
        raise OutboundRefused(f"Not a host name: {host!r}.")
    if url.port is not None and not 0 < url.port < 65536:
        raise OutboundRefused(f"Not a port: {url.port}.")
    address = _literal(host)
    if address is not None:
        _check_addresses(host, [address], allowlist)


def _literal(host: str) -> Address | None:
    """The address that ``host`` spells out, in any form the C library would take; or ``None``."""
    if host.rstrip(".").rpartition(".")[2] == "localhost":
        return _LOCALHOST
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host.rstrip(".")))
    except OSError:
        return None


def _check_addresses(host: str, addresses: Iterable[Address], allowlist: Allowlist) -> None:
    """Raises ``OutboundRefused`` if any of ``addresses`` may not be connected to."""
    if allowlist.names_host(host):
        return
    for address in addresses:
        reason = refusal(address, allowlist)
        if reason:
            subject = host if host == str(address) else f"{host} leads to {address}, which"
            raise OutboundRefused(
                f"{subject} is {reason}: "
                "only public addresses and those the operator allows are connected to."
            )


async def lookup(host: str, port: int) -> list[Address]:
    """Every address of ``host``, in the system's order of preference. Raises ``OSError``."""
    answers = await asyncio.get_running_loop().run_in_executor(
        _LOOKUPS, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )
    return [ipaddress.ip_address(socket_address[0]) for *_, socket_address in answers]


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Resolves a name once, checks every answer and connects to a checked address.

    The address is what is connected to, so that a second answer for the name (DNS rebinding) is
    never asked for; the name stays what TLS is verified against.
    """

    def __init__(
        self,
        allowlist: Allowlist,
        resolve: Resolver,
        network: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        self._allowlist = allowlist
        self._resolve = resolve
        self._network = network or httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        addresses = await self._checked_addresses(host, port)
        for address in addresses[:-1]:
            try:
                return await self._network.connect_tcp(str(address), port, timeout=timeout)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._network.connect_tcp(str(addresses[-1]), port, timeout=timeout)

    async def _checked_addresses(self, host: str, port: int) -> list[Address]:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise ConnectionFailed(
                f"The name {host} could not be resolved: {_root_words(error)}"
            ) from error
        if not addresses:
            raise ConnectionFailed(f"The name {host} has no address.")
        _check_addresses(host, addresses, self._allowlist)
        return addresses


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Checks each request's URL, sends it through ``GuardedBackend`` and bounds what is read."""

    def __init__(
        self,
        allowlist: Allowlist,
        resolve: Resolver,
        largest_response: int = LARGEST_RESPONSE,
        network: httpcore2.AsyncNetworkBackend | None = None,
        credentials: Credentials = NO_CREDENTIALS,
    ) -> None:
        self._allowlist = allowlist
        self._largest_response = largest_response
        self._credentials = credentials
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=_tls_context(),
            max_connections=_LIMITS.max_connections,
            max_keepalive_connections=_LIMITS.max_keepalive_connections,
            keepalive_expiry=_LIMITS.keepalive_expiry,
            network_backend=GuardedBackend(allowlist, resolve, network),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        _check(request.url, self._allowlist)
        with _failures_in_words(self._credentials):
            answer = await self._pool.handle_async_request(self._as_core_request(request))
        response = httpx2.Response(
            status_code=answer.status,
            headers=[(name, self._masked(value)) for name, value in answer.headers],
            stream=_BoundedStream(answer, self._largest_response, self._credentials),
            extensions=answer.extensions,
        )
        # Never decoded: a few hundred kilobytes of gzip may be hundreds of megabytes.
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding.strip().lower() != "identity":
            await response.aclose()
            raise ResponseRefused(
                f"The answer came with Content-Encoding {encoding!r:.40}, although only identity "
                "was asked for."
            )
        return response

    async def aclose(self) -> None:
        await self._pool.aclose()

    def _as_core_request(self, request: httpx2.Request) -> httpcore2.Request:
        """The request as it is sent: here alone it carries the credentials."""
        return httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=[*request.headers.raw, *self._credentials.for_origin(origin(request.url))],
            content=request.stream,
            extensions=request.extensions,
        )

    def _masked(self, value: bytes) -> bytes:
        """A header's value without our credentials, should the server repeat them."""
        return self._credentials.masked(value.decode("latin-1")).encode("latin-1")


class _BoundedStream(httpx2.AsyncByteStream):
    """An answer's body as it arrives, up to ``limit`` bytes."""

    def __init__(self, answer: httpcore2.Response, limit: int, credentials: Credentials) -> None:
        self._answer = answer
        self._limit = limit
        self._credentials = credentials

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        with _failures_in_words(self._credentials):
            async for part in self._answer.aiter_stream():
                received += len(part)
                if received > self._limit:
                    raise ResponseTooLarge(self._limit)
                yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


@cache
def _tls_context() -> ssl.SSLContext:
    """One context for all clients: reading the certificate store takes longer than a request."""
    return httpx2.create_ssl_context(trust_env=False)


@contextmanager
def _failures_in_words(credentials: Credentials) -> Iterator[None]:
    """Turns what the network may do into ``ConnectionFailed`` with a sentence.

    The sentence may quote a malformed answer, and the answer may quote our credentials.
    """
    try:
        yield
    except httpcore2.ConnectTimeout as error:
        raise ConnectionFailed("No connection was made in time.") from error
    except httpcore2.TimeoutException as error:
        raise ConnectionFailed("The server stopped answering.") from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        words = credentials.masked(_root_words(error))
        raise ConnectionFailed(f"The connection failed: {words}") from error


def _root_words(error: BaseException) -> str:
    """What the operating system or TLS said, which the layers above it wrap in vaguer words."""
    while isinstance(inner := error.__cause__ or next(iter(error.args), None), BaseException):
        error = inner
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not valid ({error.verify_message})."
    if isinstance(error, ssl.SSLError):
        return f"TLS could not be agreed on ({error.strerror})."
    if isinstance(error, socket.gaierror):
        return f"{error.strerror}."
    if isinstance(error, OSError) and error.errno:
        return f"{os.strerror(error.errno)}."
    return str(error) or type(error).__name__
