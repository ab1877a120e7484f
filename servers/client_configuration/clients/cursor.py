"""Cursor: ``.cursor/mcp.json`` in a project or in the home folder.

Format: "Model Context Protocol (MCP)", cursor.com/docs/mcp. It tells the transport by itself, and
replaces ``${env:NAME}`` in command, args, env, url and headers.
"""

from collections.abc import Iterator

from servers.client_configuration.inputs import Input
from servers.client_configuration.snippets import (
    Snippet,
    command_entry,
    environment_note,
    mcp_servers,
    remote_entry,
)
from servers.client_configuration.ways import Bundle, Command, Way

ID, LABEL = "cursor", "Cursor"


def snippets(key: str, way: Way) -> Iterator[Snippet]:
    """The file."""
    target = way.target
    if isinstance(target, Bundle):
        return
    if isinstance(target, Command):
        entry = command_entry(target, _reference)
    else:
        entry = remote_entry(target, _reference)
    yield Snippet(
        file=".cursor/mcp.json",
        language="json",
        text=mcp_servers(key, entry),
        notes=environment_note(target.inputs, LABEL),
    )


def _reference(gap: Input) -> str:
    return f"${{env:{gap.name}}}"
