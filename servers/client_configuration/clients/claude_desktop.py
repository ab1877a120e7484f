"""Claude Desktop: ``claude_desktop_config.json``, which knows commands only.

Format: "Connect to local MCP servers", modelcontextprotocol.io/docs/develop/connect-local-servers;
bundles: "MCP Bundles", github.com/modelcontextprotocol/mcpb. An address goes through the npm
package mcp-remote (its README: headers by ``--header``, environment variables in them, and no
space after the colon); a person can add it under Settings, Connectors instead.
"""

from collections.abc import Iterator

from servers.client_configuration.inputs import Text, placeholder
from servers.client_configuration.snippets import (
    Entry,
    Snippet,
    command_entry,
    mcp_servers,
    placeholder_note,
)
from servers.client_configuration.ways import Bundle, Command, Remote, Way
from servers.models import Transport

ID, LABEL = "claude-desktop", "Claude Desktop"
FILE = "claude_desktop_config.json"
CONNECTORS = "Or add the address under Settings, Connectors, where it signs you in."


def snippets(key: str, way: Way) -> Iterator[Snippet]:
    """The file, or where to download the bundle."""
    target = way.target
    if isinstance(target, Bundle):
        yield _download(target)
    elif isinstance(target, Command):
        yield Snippet(
            file=FILE,
            language="json",
            text=mcp_servers(key, command_entry(target, placeholder)),
            notes=placeholder_note(target.inputs),
        )
    else:
        yield Snippet(
            file=FILE,
            language="json",
            text=mcp_servers(key, _bridge(target)),
            notes=(*placeholder_note(target.inputs), CONNECTORS),
        )


def _download(bundle: Bundle) -> Snippet:
    notes = ["A bundle is installed by download: fetch it, compare its sha256, and open it."]
    if bundle.sha256:
        notes.append(f"sha256: {bundle.sha256}")
    return Snippet(file="", language="text", text=bundle.url, notes=tuple(notes))


def _bridge(target: Remote) -> Entry:
    """mcp-remote, with each header in an environment variable of its own."""
    arguments = [Text.of("-y"), Text.of("mcp-remote"), target.url]
    if target.transport == Transport.SSE:
        arguments += [Text.of("--transport"), Text.of("sse-only")]
    environment = {}
    for number, (name, text) in enumerate(target.headers.items(), 1):
        arguments += [Text.of("--header"), Text.of(f"{name}:${{HEADER_{number}}}")]
        environment[f"HEADER_{number}"] = text
    bridge = Command(command="npx", arguments=tuple(arguments), environment=environment)
    return command_entry(bridge, placeholder)
