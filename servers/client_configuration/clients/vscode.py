"""VS Code: ``.vscode/mcp.json``, where ``inputs`` are asked for once and kept encrypted.

Format: "MCP configuration reference",
code.visualstudio.com/docs/copilot/reference/mcp-configuration.
"""

from collections.abc import Iterator

from servers.client_configuration.inputs import Input
from servers.client_configuration.snippets import (
    Entry,
    Snippet,
    as_json,
    command_entry,
    http_or_sse,
    remote_entry,
)
from servers.client_configuration.ways import Bundle, Command, Way

ID, LABEL = "vscode", "VS Code"


def snippets(key: str, way: Way) -> Iterator[Snippet]:
    """The file."""
    target = way.target
    if isinstance(target, Bundle):
        return
    if isinstance(target, Command):
        entry = {"type": "stdio", **command_entry(target, _reference)}
    else:
        entry = {"type": http_or_sse(target), **remote_entry(target, _reference)}
    file: Entry = {"servers": {key: entry}}
    if target.inputs:
        file["inputs"] = [_prompt(gap) for gap in target.inputs]
    yield Snippet(file=".vscode/mcp.json", language="json", text=as_json(file))


def _reference(gap: Input) -> str:
    return f"${{input:{gap.name}}}"


def _prompt(gap: Input) -> Entry:
    prompt: Entry = {"type": "promptString", "id": gap.name, "description": _description(gap)}
    if gap.choices and not gap.secret:
        return prompt | {"type": "pickString", "options": list(gap.choices)}
    return prompt | {"password": True} if gap.secret else prompt


def _description(gap: Input) -> str:
    return gap.description or gap.name
