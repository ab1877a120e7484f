"""Any other client: the ``mcpServers`` object that most have agreed on, gaps as placeholders."""

from collections.abc import Iterator

from servers.client_configuration.inputs import placeholder
from servers.client_configuration.snippets import (
    Snippet,
    command_entry,
    http_or_sse,
    mcp_servers,
    placeholder_note,
    remote_entry,
)
from servers.client_configuration.ways import Bundle, Command, Way

ID, LABEL = "generic", "Other clients"


def snippets(key: str, way: Way) -> Iterator[Snippet]:
    """The file."""
    target = way.target
    if isinstance(target, Bundle):
        return
    if isinstance(target, Command):
        entry = command_entry(target, placeholder)
    else:
        entry = {"type": http_or_sse(target), **remote_entry(target, placeholder)}
    yield Snippet(
        file="mcp.json",
        language="json",
        text=mcp_servers(key, entry),
        notes=placeholder_note(target.inputs),
    )
