"""What the guarded client refuses before it connects: every form of a forbidden target."""

import ipaddress
import socket
from typing import Any

import httpx2
import pytest

from registry_site.lib.outbound import OutboundError, OutboundRefused, check_url
from registry_site.lib.outbound.addresses import Address
from tests.unit.core.outbound import PUBLIC, FakeNetwork, guarded, resolving

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
