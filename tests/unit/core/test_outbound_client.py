"""What the guarded client sends, to which address, and how much of an answer it reads.

The network is a fake that notes every connection, and names resolve as each test says.
"""

import gzip
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpcore2
import httpx2
import pytest

from registry_site.lib.outbound import (
    ConnectionFailed,
    OutboundError,
    OutboundRefused,
    ResponseRefused,
    ResponseTooLarge,
    check_url,
    outbound_client,
)
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


def answering_in_turn(*answers: list[str]) -> Resolver:
    remaining = list(answers)

    async def resolve(host: str, port: int) -> list[Address]:
        return [ipaddress.ip_address(each) for each in remaining.pop(0)]

    return resolve


@asynccontextmanager
async def guarded(
    network: FakeNetwork, resolve: Resolver, allow: Iterable[str] = (), limit: int = 1000
) -> AsyncIterator[httpx2.AsyncClient]:
    transport = GuardedTransport(Allowlist.parse(allow), resolve, limit, network)
    async with httpx2.AsyncClient(transport=transport) as client:
        yield client


# --- Where it connects to ----------------------------------------------------------------------


async def test_a_request_goes_to_the_address_that_was_checked() -> None:
    network = FakeNetwork()
    async with guarded(network, resolving(mcp_example=[PUBLIC])) as client:
        response = await client.get("http://mcp.example:8080/mcp")

    assert response.text == "hi"
    assert network.connections == [(PUBLIC, 8080)]


async def test_tls_is_verified_against_the_name_although_the_address_is_connected_to() -> None:
    network = FakeNetwork()
    async with guarded(network, resolving(mcp_example=[PUBLIC])) as client:
        await client.get("https://mcp.example/")

    assert network.connections == [(PUBLIC, 443)]
    assert network.streams[0].tls_name == "mcp.example"


@pytest.mark.parametrize("answers", [["127.0.0.1", PUBLIC], [PUBLIC, "10.0.0.1"], [PUBLIC, "::1"]])
async def test_one_address_that_is_not_public_refuses_the_name(answers: list[str]) -> None:
    network = FakeNetwork()
    async with guarded(network, resolving(mixed_example=answers)) as client:
        with pytest.raises(OutboundRefused, match=r"^mixed\.example leads to .*, which is "):
            await client.get("http://mixed.example/")

    assert network.connections == []


async def test_a_name_that_changes_its_address_is_checked_at_every_connection() -> None:
    """DNS rebinding: first a public address, then a private one."""
    network = FakeNetwork(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    async with guarded(network, answering_in_turn([PUBLIC], ["127.0.0.1"])) as client:
        await client.get("http://rebinding.example/")
        with pytest.raises(OutboundRefused):
            await client.get("http://rebinding.example/")

    assert network.connections == [(PUBLIC, 80)]


async def test_one_connection_asks_for_the_name_only_once() -> None:
    network = FakeNetwork()
    async with guarded(network, answering_in_turn([PUBLIC])) as client:
        await client.get("http://once.example/")

    assert network.connections == [(PUBLIC, 80)]


async def test_the_next_address_is_tried_when_one_fails() -> None:
    network = FakeNetwork(failures={"2606:4700::1": httpcore2.ConnectError("no route")})
    async with guarded(network, resolving(two_example=["2606:4700::1", PUBLIC])) as client:
        await client.get("http://two.example/")

    assert network.connections == [("2606:4700::1", 80), (PUBLIC, 80)]


async def test_an_allowed_name_may_lead_anywhere() -> None:
    network = FakeNetwork()
    resolve = resolving(mcp_internal=["10.0.0.7"], other_internal=["10.0.0.7"])
    async with guarded(network, resolve, allow=["mcp.internal"]) as client:
        await client.get("http://mcp.internal/")
        with pytest.raises(OutboundRefused):
            await client.get("http://other.internal/")

    assert network.connections == [("10.0.0.7", 80)]


async def test_a_redirect_is_answered_and_not_followed() -> None:
    network = FakeNetwork(
        b"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
    )
    async with guarded(network, resolving(mcp_example=[PUBLIC])) as client:
        response = await client.get("http://mcp.example/")

    assert response.status_code == httpx2.codes.TEMPORARY_REDIRECT
    assert len(network.connections) == 1


async def test_a_redirect_that_is_followed_all_the_same_is_checked_like_any_request() -> None:
    network = FakeNetwork(
        b"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
    )
    async with guarded(network, resolving(mcp_example=[PUBLIC])) as client:
        with pytest.raises(OutboundRefused):
            await client.get("http://mcp.example/", follow_redirects=True)

    assert network.connections == [(PUBLIC, 80)]


# --- How much it reads -------------------------------------------------------------------------


def chunked(*parts: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])


async def test_an_answer_of_exactly_the_limit_is_read() -> None:
    async with guarded(FakeNetwork(chunked(b"x" * 1000)), resolving(), limit=1000) as client:
        response = await client.get(f"http://{PUBLIC}/")

    assert len(response.content) == 1000


async def test_an_answer_beyond_the_limit_is_cut_while_it_arrives() -> None:
    network = FakeNetwork(chunked(b"x" * 600, b"x" * 600))
    async with guarded(network, resolving(), limit=1000) as client:
        with pytest.raises(ResponseTooLarge, match=r"larger than 1,000 bytes"):
            await client.get(f"http://{PUBLIC}/")


async def test_a_compressed_answer_is_refused_instead_of_inflated() -> None:
    bomb = gzip.compress(b"x" * 100_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    async with guarded(FakeNetwork(head + bomb), resolving()) as client:
        with pytest.raises(ResponseRefused, match="'gzip', although only identity"):
            await client.get(f"http://{PUBLIC}/")


async def test_an_answer_that_says_identity_is_read() -> None:
    answer = OK.replace(b"OK\r\n", b"OK\r\nContent-Encoding: Identity\r\n", 1)
    async with guarded(FakeNetwork(answer), resolving()) as client:
        assert (await client.get(f"http://{PUBLIC}/")).text == "hi"


# --- What goes wrong on the way ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (httpcore2.ConnectTimeout(), "No connection was made in time."),
        (httpcore2.ReadTimeout(), "The server stopped answering."),
        (httpcore2.ConnectError(OSError("vague")), "The connection failed: vague"),
        (httpcore2.ConnectError(ConnectionRefusedError(111, "x")), "Connection refused."),
        (httpcore2.ReadError(), "The connection failed: ReadError"),
        (httpcore2.ConnectError(ssl.SSLError(1, "[SSL: X] x")), "TLS could not be agreed on"),
        (httpcore2.RemoteProtocolError("no HTTP"), "The connection failed: no HTTP"),
    ],
)
async def test_a_failure_of_the_network_is_told_in_words(failure: Exception, words: str) -> None:
    network = FakeNetwork(failures={PUBLIC: failure})
    async with guarded(network, resolving()) as client:
        with pytest.raises(ConnectionFailed) as caught:
            await client.get(f"http://{PUBLIC}/")

    assert words in str(caught.value)


async def test_an_invalid_certificate_is_named() -> None:
    invalid = ssl.SSLCertVerificationError(1, "certificate verify failed")
    invalid.verify_message = "self-signed certificate"
    network = FakeNetwork(failures={PUBLIC: httpcore2.ConnectError(invalid)})
    async with guarded(network, resolving()) as client:
        with pytest.raises(ConnectionFailed, match=r"not valid \(self-signed certificate\)"):
            await client.get(f"https://{PUBLIC}/")


async def test_an_unknown_name_is_told_in_words() -> None:
    async def resolve(host: str, port: int) -> list[Address]:
        raise socket.gaierror(-2, "Name or service not known")

    async with guarded(FakeNetwork(), resolve) as client:
        with pytest.raises(ConnectionFailed, match=r"unknown.example could not .*not known\."):
            await client.get("http://unknown.example/")


async def test_a_name_without_an_address_is_told_in_words() -> None:
    async with guarded(FakeNetwork(), answering_in_turn([])) as client:
        with pytest.raises(ConnectionFailed, match="has no address"):
            await client.get("http://empty.example/")


async def test_the_client_asks_for_identity_heeds_no_proxy_and_follows_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with outbound_client() as client:
        assert client.headers["Accept-Encoding"] == "identity"
        assert not client.trust_env
        assert not client.follow_redirects


# --- What is refused before any lookup ---------------------------------------------------------

# Hosts of a test that stand for names an attacker controls.
HOSTILE = {
    "localtest_me": ["127.0.0.1"],
    "metadata_google_internal": ["169.254.169.254"],
    "127_0_0_1_nip_io": ["127.0.0.1"],
    "six_example": ["::1"],
    "mapped_example": ["::ffff:10.0.0.1"],
    "nat64_example": ["64:ff9b::a9fe:a9fe"],
    "many_example": [PUBLIC, PUBLIC, "192.168.0.1"],
}
SSRF = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.0.0.1./",
    "http://127.0.0.1:8000/",
    "http://127.127.127.127/",
    "http://0/",
    "http://0.0.0.0/",
    "http://00/",
    "http://0x0/",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://localhost./",
    "http://a.localhost/",
    "http://localhost:6379/",
    "http://10.0.0.1/",
    "http://167772161/",
    "http://0xa000001/",
    "http://012.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.0.1/",
    "http://3232235521/",
    "http://192.168.1/",
    "http://100.64.0.1/",
    "http://100.100.100.200/",
    "http://169.254.169.254/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://168.63.129.16/",
    "http://192.0.0.192/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://198.18.0.1/",
    "http://[::1]/",
    "http://[::]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25lo]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://[2001:DB8::1]/",
    "https://127.0.0.1/",
    "HTTP://127.0.0.1/",
    "http://127。0。0。1/",
    "http://①②⑦.0.0.1/",
    "http://%31%32%37.0.0.1/",
    "http://127.0.0.1%00.example.org/",
    "http://127.0.0.1%23.example.org/",
    "http://user@example.org/",
    "http://user:pw@127.0.0.1/",
    "http://example.org@127.0.0.1/",
    "http://example.org\\@127.0.0.1/",
    "http://localtest.me/",
    "http://metadata.google.internal/",
    "http://127.0.0.1.nip.io/",
    "http://six.example/",
    "http://mapped.example/",
    "http://nat64.example/",
    "http://many.example/",
    "ftp://example.org/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_INFO",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "dict://127.0.0.1:11211/",
    "http:///",
    "http://",
    "//example.org/",
    "example.org",
    "javascript:alert(1)",
    "data:text/html,x",
    "http://example.org:0/",
    "http://example.org:65536/",
    "http://example.org:x/",
    "http://exa_mple!/",
    "http://[::1/",
    "http://[::1]x/",
    "http://[v1.a]/",
]


async def as_the_system_would(host: str, port: int) -> list[Address]:
    """Spelled-out addresses in every form the C library takes, and the hostile names."""
    try:
        return [ipaddress.IPv4Address(socket.inet_aton(host))]
    except OSError:
        return await resolving(**HOSTILE)(host, port)


@pytest.mark.parametrize("url", SSRF)
async def test_no_form_of_a_forbidden_target_leads_to_a_connection(url: str) -> None:
    network = FakeNetwork()
    async with guarded(network, as_the_system_would) as client:
        with pytest.raises((OutboundError, httpx2.InvalidURL)):
            await client.get(url)

    assert network.connections == []


def test_the_corpus_is_as_large_as_it_claims() -> None:
    assert len(set(SSRF)) == len(SSRF) >= 90


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://example.org/", "Only http and https are allowed, not ftp."),
        ("example.org", "not no scheme"),
        ("http://user:pw@example.org/", "must not carry a user name"),
        ("http://", "Not a host name"),
        ("http://exa mple.org/", "Not a host name"),
        ("http://example.org:x/", "Not a URL"),
        ("http://example.org:65536/", "Not a port: 65536."),
        ("http://10.0.0.1/", "10.0.0.1 is private"),
        ("http://0x7f.1/", "0x7f.1 leads to 127.0.0.1, which is loopback"),
        ("http://api.localhost/", "leads to 127.0.0.1"),
        ("http://[::1]/", "::1 is loopback"),
    ],
)
def test_a_url_that_could_never_be_asked_is_refused_with_a_sentence(url: str, words: str) -> None:
    with pytest.raises(OutboundRefused) as caught:
        check_url(url, allow=[])

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("url", "allow"),
    [
        ("https://mcp.example.org/mcp?x=1", []),
        ("http://8.8.8.8:8080/", []),
        ("https://[2606:4700:4700::1111]/", []),
        ("http://127.0.0.1:8000/mcp", ["127.0.0.0/8"]),
        ("http://localhost:8000/mcp", ["127.0.0.0/8"]),
        ("http://localhost:8000/mcp", ["localhost"]),
    ],
)
def test_a_url_that_may_be_asked_passes(url: str, allow: list[str]) -> None:
    check_url(url, allow=allow)


def test_what_is_allowed_is_the_operators_setting_unless_given(settings: Any) -> None:
    settings.OUTBOUND_ALLOW = ["10.0.0.0/8"]

    check_url("http://10.0.0.1/")
    with pytest.raises(OutboundRefused):
        check_url("http://127.0.0.1/")
