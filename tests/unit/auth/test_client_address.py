"""Whom an address is believed of: no further than the trusted proxies reach."""

import pytest
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from accounts.client_address import client_address


def seen(*, forwarded: str | None = None, peer: str = "192.0.2.1") -> str | None:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer))


def test_without_proxies_the_header_is_the_clients_own_word() -> None:
    assert seen(forwarded="203.0.113.9") == "192.0.2.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.66, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.66, 203.0.113.9, 192.0.2.7", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "unknown", "192.0.2.1"),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "[2001:db8::7]:4711", "2001:db8::7"),
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "fe80::7%eth0", "fe80::7"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_each_proxy_vouches_for_one_address(
    settings: Settings, proxies: int, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert seen(forwarded=forwarded) == address


def test_a_unix_socket_has_no_address() -> None:
    assert seen(peer="") is None
