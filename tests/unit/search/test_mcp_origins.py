"""Which web pages may ask the MCP endpoint."""

import pytest
from pytest_django.fixtures import Settings

from search.mcp.origins import is_ours


@pytest.fixture(autouse=True)
def ours(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["registry.example.org", ".example.net", "[::1]"]
    settings.ROLLCALL_URL = "https://tools.example.com:8443"
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.partner.example"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://registry.example.org",
        "http://registry.example.org:3000",
        "https://REGISTRY.example.org",
        "https://example.net",
        "https://deep.down.example.net",
        "http://[::1]:8000",
        "https://tools.example.com:8443",
        "https://agents.partner.example",
    ],
)
def test_names_of_this_registry_its_address_and_trusted_origins_are_ours(origin: str) -> None:
    assert is_ours(origin)


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "https://",
        "https://[",
        "https://evil.example",
        "https://registry.example.org.evil.example",
        "https://evilexample.net",
        "ftp://registry.example.org",
        "https://tools.example.com",
        "http://tools.example.com:8443",
        "http://agents.partner.example",
        "https://evilpartner.example",
        "file://registry.example.org",
    ],
)
def test_nobody_else_is(origin: str) -> None:
    assert not is_ours(origin)


def test_a_registry_that_answers_to_every_name_does_not_trust_every_page(
    settings: Settings,
) -> None:
    settings.ALLOWED_HOSTS = ["*"]

    assert not is_ours("https://evil.example")
    assert is_ours("https://tools.example.com:8443")
