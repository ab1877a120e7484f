"""What the guarded client sends, to which address, and how much of an answer it reads."""

import gzip
import ipaddress
import socket
import ssl

import httpcore2
import httpx2
import pytest

from registry_site.lib.outbound import (
    ConnectionFailed,
    OutboundRefused,
    ResponseRefused,
    ResponseTooLarge,
    outbound_client,
)
from registry_site.lib.outbound.addresses import Address
from registry_site.lib.outbound.client import Resolver
from tests.unit.core.outbound import OK, PUBLIC, FakeNetwork, guarded, resolving


def answering_in_turn(*answers: list[str]) -> Resolver:
    remaining = list(answers)

    async def resolve(host: str, port: int) -> list[Address]:
        return [ipaddress.ip_address(each) for each in remaining.pop(0)]

    return resolve


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
