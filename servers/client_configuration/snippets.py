"""What the formats of the clients have in common: JSON with one object for each server."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from servers.client_configuration.inputs import Input, Reference, placeholder
from servers.client_configuration.ways import Command, Remote

Language = Literal["json", "toml", "shell", "text"]
Entry = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """A piece of a client's configuration; nothing to paste where ``text`` is empty."""

    file: str
    language: Language
    text: str
    notes: tuple[str, ...] = ()


def as_json(value: Entry) -> str:
    """JSON as people keep it in files."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def mcp_servers(key: str, entry: Entry) -> str:
    """The file that most clients have agreed on."""
    return as_json({"mcpServers": {key: entry}})


def command_entry(target: Command, reference: Reference) -> Entry:
    """``command``, ``args`` and ``env``, which every client calls so."""
    entry: Entry = {"command": target.command}
    if target.arguments:
        entry["args"] = [text.render(reference) for text in target.arguments]
    if target.environment:
        entry["env"] = _rendered(target.environment, reference)
    return entry


def remote_entry(target: Remote, reference: Reference, *, url: str = "url") -> Entry:
    """The address, under the name that the client has for it, and ``headers``."""
    entry: Entry = {url: target.url.render(reference)}
    if target.headers:
        entry["headers"] = _rendered(target.headers, reference)
    return entry


def _rendered(texts: dict[str, Any], reference: Reference) -> dict[str, str]:
    return {name: text.render(reference) for name, text in texts.items()}


def environment_note(gaps: Iterable[Input], client: str) -> tuple[str, ...]:
    """Which environment variables a client that expands them wants to see."""
    names = ", ".join(gap.name for gap in gaps)
    return (f"Set these environment variables before {client} starts: {names}",) if names else ()


def placeholder_note(gaps: Iterable[Input]) -> tuple[str, ...]:
    """What is left for a person to write in its place."""
    names = ", ".join(map(placeholder, gaps))
    return (f"Write your own values in place of {names}",) if names else ()


def http_or_sse(target: Remote) -> str:
    """The word for a transport in files that say http and sse."""
    return "sse" if target.transport == "sse" else "http"
