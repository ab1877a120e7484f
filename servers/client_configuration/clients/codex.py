"""Codex: ``~/.codex/config.toml``, which replaces nothing but names environment variables.

Format: "Model Context Protocol", developers.openai.com/codex/mcp, and the fields that
``codex-rs/config/src/mcp_types.rs`` of openai/codex accepts: ``env_vars`` are handed on to a
command, ``env_http_headers`` and ``bearer_token_env_var`` name the variables of headers. It does
not speak HTTP+SSE.
"""

from collections.abc import Iterator

import tomli_w

from servers.client_configuration.inputs import Input, Text, inputs_of, placeholder
from servers.client_configuration.snippets import (
    Entry,
    Snippet,
    environment_note,
    placeholder_note,
)
from servers.client_configuration.ways import Bundle, Command, Remote, Way
from servers.models import Transport

ID, LABEL = "codex", "Codex"
FILE = "~/.codex/config.toml"


def snippets(key: str, way: Way) -> Iterator[Snippet]:
    """The table of the file, or why there is none."""
    target = way.target
    if isinstance(target, Bundle):
        return
    if isinstance(target, Command):
        entry, written = _command(target)
    elif target.transport == Transport.SSE:
        yield Snippet(file="", language="text", text="", notes=("Codex does not speak HTTP+SSE.",))
        return
    else:
        entry, written = _remote(target)
    yield Snippet(
        file=FILE,
        language="toml",
        text=tomli_w.dumps({"mcp_servers": {key: entry}}).rstrip("\n"),
        notes=_notes(target, written),
    )


def _command(target: Command) -> tuple[Entry, list[Text]]:
    """The entry, and the texts in it that a person has to complete."""
    handed_on = [name for name, text in target.environment.items() if _is_variable(text, name)]
    written = {name: text for name, text in target.environment.items() if name not in handed_on}
    entry: Entry = {
        "command": target.command,
        "args": [text.render(placeholder) for text in target.arguments],
    }
    if handed_on:
        entry["env_vars"] = handed_on
    if written:
        entry["env"] = {name: text.render(placeholder) for name, text in written.items()}
    return entry, [*target.arguments, *written.values()]


def _is_variable(text: Text, name: str) -> bool:
    return text.only_input is not None and text.only_input.name == name


def _remote(target: Remote) -> tuple[Entry, list[Text]]:
    """The same of an address."""
    entry: Entry = {"url": target.url.render(placeholder)}
    named: dict[str, str] = {}
    written: dict[str, Text] = {}
    for name, text in target.headers.items():
        if token := _bearer_token(name, text):
            entry["bearer_token_env_var"] = token.name
        elif whole := text.only_input:
            named[name] = whole.name
        else:
            written[name] = text
    if written:
        entry["http_headers"] = {name: text.render(placeholder) for name, text in written.items()}
    if named:
        entry["env_http_headers"] = named
    return entry, [target.url, *written.values()]


def _bearer_token(header: str, text: Text) -> Input | None:
    """The token of an ``Authorization: Bearer ...`` header."""
    match text.parts:
        case ("Bearer ", Input() as token) if header.lower() == "authorization":
            return token
    return None


def _notes(target: Command | Remote, written: list[Text]) -> tuple[str, ...]:
    by_hand = inputs_of(written)
    named = [gap for gap in target.inputs if gap not in by_hand]
    return (*environment_note(named, LABEL), *placeholder_note(by_hand))
