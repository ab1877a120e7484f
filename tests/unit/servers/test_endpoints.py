"""A document for a server known only by its address."""

from typing import Any

import pytest

from servers.documents import validate_document
from servers.endpoints import document_of, namespace_of
from servers.mcp import Dialect, Discovery, Listing


def discovery(**server_info: Any) -> Discovery:
    return Discovery(
        dialect=Dialect("sse", "session"),
        protocol_version="2025-06-18",
        server_info=server_info,
        latency_ms=1.0,
        tools=Listing(),
        prompts=Listing(),
        resources=Listing(),
    )


@pytest.mark.parametrize(
    ("url", "namespace"),
    [
        ("https://mcp.example.org/sse", "org.example.mcp"),
        ("http://localhost:8080/mcp", "localhost"),
        ("http://127.0.0.1:8080/mcp", "local"),
        ("http://[::1]:8080/mcp", "local"),
    ],
)
def test_the_namespace_is_the_host_in_reverse(url: str, namespace: str) -> None:
    assert namespace_of(url) == namespace


def test_the_document_says_what_the_server_says_of_itself() -> None:
    found = discovery(name="Weather Server!", title="Weather", version="1.2.0")

    document = document_of("https://mcp.example.org/sse", found, name="")

    validate_document(document)
    assert document["name"] == "org.example.mcp/weather-server"
    assert (document["title"], document["version"]) == ("Weather", "1.2.0")
    assert document["remotes"] == [{"type": "sse", "url": "https://mcp.example.org/sse"}]


def test_a_server_that_says_nothing_of_itself_still_has_a_document() -> None:
    document = document_of("https://mcp.example.org/sse", discovery(), name="")

    validate_document(document)
    assert (document["name"], document["version"]) == ("org.example.mcp/server", "0.0.0")


def test_a_given_name_wins() -> None:
    found = discovery(name="weather")

    document = document_of("https://mcp.example.org/sse", found, name="org.example/mine")

    assert document["name"] == "org.example/mine"
