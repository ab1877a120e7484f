"""Allow lists: what lets a client use a server, and nothing else."""

import json
from typing import Any

import pytest

from servers.client_configuration.allow_lists import FORMATS, allow_list, matchers_of
from tests.fixtures.factories import document

NPM = {
    "registryType": "npm",
    "identifier": "weather",
    "version": "1.2.3",
    "transport": {"type": "stdio"},
}
WEATHER = {"serverUrl": "https://weather.example.org/mcp"}


def at(url: str, **variables: dict[str, Any]) -> dict[str, Any]:
    remote = {"type": "streamable-http", "url": url, "variables": variables}
    return document(remotes=[remote])


def written(format_name: str, *documents: dict[str, Any]) -> str:
    return "".join(allow_list(documents, format_name))


def test_an_address_is_listed_as_it_is() -> None:
    assert list(matchers_of(document())) == [WEATHER]


def test_a_command_is_listed_as_configurations_and_as_vs_code_have_it() -> None:
    assert list(matchers_of(document(remotes=None, packages=[NPM]))) == [
        {"serverCommand": ["npx", "-y", "weather@1.2.3"]},
        {"serverCommand": ["npx", "weather@1.2.3"]},
    ]


def test_a_command_that_a_person_completes_is_not_listed() -> None:
    """No client lets a command pass that has gaps, and an entry without them matches nothing."""
    folder = {"type": "positional", "valueHint": "folder", "isRequired": True}
    described = document(remotes=None, packages=[NPM | {"packageArguments": [folder]}])

    assert list(matchers_of(described)) == []


@pytest.mark.parametrize(
    ("url", "pattern"),
    [
        ("https://weather.example.org/{tenant}/mcp", "https://weather.example.org/*/mcp"),
        ("https://{tenant}.example.org/mcp", "https://*.example.org/mcp"),
        ("https://weather.example.org/mcp?key={key}", "https://weather.example.org/mcp?key=*"),
    ],
)
def test_a_gap_in_an_address_is_a_wildcard(url: str, pattern: str) -> None:
    gaps = {name: {"isRequired": True} for name in ("tenant", "key")}

    assert list(matchers_of(at(url, **gaps))) == [{"serverUrl": pattern}]


@pytest.mark.parametrize(
    "url",
    [
        "https://{host}/mcp",
        "https://{host}:8080/mcp",
        "https://weather{host}/mcp",
        "https://{tenant}.org/mcp",
        "https://example.org*/mcp",
        "https://*.org/mcp",
    ],
)
def test_an_address_that_would_open_foreign_hosts_is_not_listed(url: str) -> None:
    gaps = {name: {"isRequired": True} for name in ("tenant", "host")}

    assert list(matchers_of(at(url, **gaps))) == []


def test_each_format_has_its_own_key() -> None:
    assert json.loads(written("copilot", document())) == {"allowedMcpServers": [WEATHER]}
    assert json.loads(written("vscode", document())) == {"chat.mcp.allowedServers": [WEATHER]}
    assert json.loads(written("claude-code", document())) == {
        "allowManagedMcpServersOnly": True,
        "allowedMcpServers": [WEATHER],
    }
    assert written("names", document()) == "org.example/weather\n"
    assert written("urls", document()) == "https://weather.example.org/mcp\n"


def test_what_versions_share_is_listed_once() -> None:
    versions = [document(version="1.0.0"), document(version="1.1.0")]

    assert json.loads(written("copilot", *versions)) == {"allowedMcpServers": [WEATHER]}
    assert written("names", *versions) == "org.example/weather\n"


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_empty_catalogue_allows_nothing(format_name: str) -> None:
    text = written(format_name)

    assert text == "" or [*json.loads(text).values()][-1] == []
