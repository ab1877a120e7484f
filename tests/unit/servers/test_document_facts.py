"""What the columns of a server repeat from its document."""

from typing import Any

import pytest

from servers.documents import facts_of
from servers.models import Transport
from tests.fixtures.factories import document

HTTP = {"type": "streamable-http", "url": "https://example.org/mcp"}
SSE = {"type": "sse", "url": "https://example.org/sse"}
PACKAGE = {"registryType": "npm", "identifier": "x", "transport": {"type": "stdio"}}


@pytest.mark.parametrize(
    ("remotes", "packages", "transport", "url"),
    [
        ([SSE, HTTP], [], Transport.STREAMABLE_HTTP, HTTP["url"]),
        ([SSE], [PACKAGE], Transport.SSE, SSE["url"]),
        ([], [PACKAGE], Transport.STDIO, ""),
        ([], [], Transport.NONE, ""),
    ],
)
def test_the_preferred_way_in(
    remotes: list[Any], packages: list[Any], transport: Transport, url: str
) -> None:
    facts = facts_of(document(remotes=remotes, packages=packages))

    assert (facts.transport, facts.endpoint_url) == (transport, url)


def test_declared_defaults_fill_a_url() -> None:
    remote = {**HTTP, "url": "https://{host}/mcp", "variables": {"host": {"default": "a.org"}}}

    assert facts_of(document(remotes=[remote])).endpoint_url == "https://a.org/mcp"


def test_a_url_with_an_open_variable_is_no_address() -> None:
    remote = {**HTTP, "url": "https://{host}/mcp", "variables": {"host": {}}}

    facts = facts_of(document(remotes=[remote]))

    assert (facts.transport, facts.endpoint_url) == (Transport.STREAMABLE_HTTP, "")


def test_what_is_not_stated_is_empty() -> None:
    facts = facts_of(document())

    assert (facts.title, facts.website_url, facts.repository_url) == ("", "", "")
