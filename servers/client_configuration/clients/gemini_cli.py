"""Gemini CLI: ``.gemini/settings.json`` in a project or in the home folder.

Format: "MCP servers with Gemini CLI", docs/tools/mcp-server.md of google-gemini/gemini-cli: an
address is ``httpUrl`` for Streamable HTTP and ``url`` for HTTP+SSE. Texts of the file may refer to
environment variables as ``${NAME}`` (docs/cli/configuration.md).
"""

from collections.abc import Iterator

from servers.client_configuration.inputs import shell_variable
from servers.client_configuration.snippets import (
    Snippet,
    command_entry,
    environment_note,
    mcp_servers,
    remote_entry,
)
from servers.client_configuration.ways import Bundle, Command, Way
from servers.models import Transport

ID, LABEL = "gemini-cli", "Gemini CLI"


def snippets(key: str, way: Way) -> Iterator[Snippet]:
    """The file."""
    target = way.target
    if isinstance(target, Bundle):
        return
    if isinstance(target, Command):
        entry = command_entry(target, shell_variable)
    else:
        url = "url" if target.transport == Transport.SSE else "httpUrl"
        entry = remote_entry(target, shell_variable, url=url)
    yield Snippet(
        file=".gemini/settings.json",
        language="json",
        text=mcp_servers(key, entry),
        notes=environment_note(target.inputs, LABEL),
    )
