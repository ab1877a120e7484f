"""Which addresses may be connected to."""

import ipaddress

import pytest

from registry_site.lib.outbound.addresses import Allowlist, refusal

NOBODY = Allowlist()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("0.0.0.0", "unspecified"),  # noqa: S104 - nothing is bound to it
        ("10.0.0.1", "private"),
        ("10.255.255.255", "private"),
        ("100.64.0.1", "shared address space"),
        ("100.100.100.200", "cloud metadata"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("168.63.129.16", "cloud platform"),
        ("169.254.169.254", "cloud metadata"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.0.0.192", "protocol assignments"),
        ("192.0.2.1", "documentation"),
        ("192.88.99.1", "6to4 relay"),
        ("192.168.1.1", "private"),
        ("198.18.0.1", "benchmarks"),
        ("198.51.100.1", "documentation"),
        ("203.0.113.1", "documentation"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.255", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::127.0.0.1", "IPv4-compatible"),
        ("::ffff:127.0.0.1", "IPv4-mapped"),
        ("::ffff:8.8.8.8", "IPv4-mapped"),
        ("64:ff9b::7f00:1", "NAT64"),
        ("64:ff9b:1::7f00:1", "local NAT64"),
        ("100::1", "not a public address"),
        ("2001::1", "Teredo"),
        ("2001:10::1", "protocol assignments"),
        ("2001:db8::1", "documentation"),
        ("2002:7f00:1::", "6to4"),
        ("3fff::1", "documentation"),
        ("5f00::1", "not a public address"),
        ("fc00::1", "private"),
        ("fd00:ec2::254", "private"),
        ("fe80::1", "link-local"),
        ("fe80::1%1", "link-local"),
        ("fec0::1", "not a public address"),
        ("ff02::1", "multicast"),
    ],
)
def test_an_address_that_is_not_public_is_refused_with_its_reason(
    address: str, reason: str
) -> None:
    assert reason in (refusal(ipaddress.ip_address(address), NOBODY) or "")


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.255.255",
        "172.32.0.1",
        "168.63.129.17",
        "223.255.255.255",
        "2001:4860:4860::8888",
        "2606:4700:4700::1111",
        "2a00:1450:4001::1",
    ],
)
def test_a_public_address_is_allowed(address: str) -> None:
    assert refusal(ipaddress.ip_address(address), NOBODY) is None


@pytest.mark.parametrize(
    ("entries", "address"),
    [
        (["10.1.0.0/16"], "10.1.2.3"),
        (["10.1.2.3"], "10.1.2.3"),
        (["::1/128"], "::1"),
        (["fd00::/8", "127.0.0.0/8"], "127.0.0.1"),
    ],
)
def test_the_operator_may_allow_a_block(entries: list[str], address: str) -> None:
    assert refusal(ipaddress.ip_address(address), Allowlist.parse(entries)) is None


def test_an_allowed_block_allows_no_other_address() -> None:
    allow = Allowlist.parse(["10.1.0.0/16", "mcp.internal.example"])

    assert refusal(ipaddress.ip_address("10.2.0.1"), allow) == "private"
    assert refusal(ipaddress.ip_address("::ffff:10.1.2.3"), allow) == "an IPv4-mapped address"


def test_an_allowed_name_is_compared_without_case_and_final_dot() -> None:
    allow = Allowlist.parse(["MCP.internal.example."])

    assert allow.names_host("mcp.INTERNAL.example")
    assert not allow.names_host("internal.example")


@pytest.mark.parametrize("entry", ["10.0.0.0/33", "10.1.2.3/8", "fe80::/200", "1::2::3"])
def test_a_malformed_block_is_an_error_and_not_a_host_name(entry: str) -> None:
    with pytest.raises(ValueError, match="does not|has host bits"):
        Allowlist.parse([entry])
