"""Ready-to-paste configuration of MCP clients, from a ``server.json`` document.

Pure: it reads a valid document and writes texts. A secret never stands in one, nor anything that a
client would replace by what is in the person's environment, unless we put it there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from servers.client_configuration.clients import (
    claude_code,
    claude_desktop,
    codex,
    cursor,
    gemini_cli,
    generic,
    vscode,
)
from servers.client_configuration.inputs import Input
from servers.client_configuration.snippets import Language
from servers.client_configuration.ways import Command, Remote, Way, server_key, ways_of

__all__ = [
    "CLIENTS",
    "Command",
    "Configuration",
    "Input",
    "Remote",
    "configurations",
    "server_key",
    "ways_of",
]

_CLIENTS = (claude_code, claude_desktop, vscode, cursor, codex, gemini_cli, generic)
# What each client is called in the API, and by people.
CLIENTS: dict[str, str] = {client.ID: client.LABEL for client in _CLIENTS}


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """What to paste into one client to use a server in one way."""

    client: str
    label: str
    way: str
    file: str
    language: Language
    text: str
    inputs: tuple[Input, ...]
    notes: tuple[str, ...]


def configurations(
    document: Mapping[str, Any], *, client: str | None = None
) -> list[Configuration]:
    """For every client, or the one named, each way into the server; the preferable ways first."""
    key, ways = server_key(document["name"]), ways_of(document)
    return [
        configuration
        for module in _CLIENTS
        if client in (None, module.ID)
        for way in ways
        for configuration in _configured(module, key, way)
    ]


def _configured(module: Any, key: str, way: Way) -> Iterator[Configuration]:
    for snippet in module.snippets(key, way):
        yield Configuration(
            client=module.ID,
            label=module.LABEL,
            way=way.label,
            file=snippet.file,
            language=snippet.language,
            text=snippet.text,
            inputs=tuple(way.target.inputs),
            notes=(*snippet.notes, *way.notes),
        )
