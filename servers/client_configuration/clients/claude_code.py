"""Claude Code: ``claude mcp add``, or ``.mcp.json`` in a project.

Format: "Connect Claude Code to tools via MCP", code.claude.com/docs/en/mcp. It replaces ``${NAME}``
in command, args, env, url and headers by the environment variable. ``--env`` and ``--header`` take
any number of values, so another option stands between them and the name.
"""

import shlex
from collections.abc import Iterator

from servers.client_configuration.inputs import shell_variable
from servers.client_configuration.snippets import (
    Snippet,
    command_entry,
    environment_note,
    http_or_sse,
    mcp_servers,
    remote_entry,
)
from servers.client_configuration.ways import Bundle, Command, Remote, Way

ID, LABEL = "claude-code", "Claude Code"


def snippets(key: str, way: Way) -> Iterator[Snippet]:
    """The command for a shell, and the file."""
    target = way.target
    if isinstance(target, Bundle):
        return
    notes = environment_note(target.inputs, LABEL)
    line = _command_line(key, target)
    # What a terminal would act on is not offered for pasting into one.
    if line.isprintable():
        yield Snippet(file="", language="shell", text=line, notes=notes)
    if isinstance(target, Command):
        entry = command_entry(target, shell_variable)
    else:
        entry = {"type": http_or_sse(target), **remote_entry(target, shell_variable)}
    yield Snippet(file=".mcp.json", language="json", text=mcp_servers(key, entry), notes=notes)


def _command_line(key: str, target: Command | Remote) -> str:
    words = ["claude", "mcp", "add"]
    if isinstance(target, Command):
        for name, text in target.environment.items():
            words += ["--env", f"{name}={text.render(shell_variable)}"]
        arguments = [text.render(shell_variable) for text in target.arguments]
        words += ["--transport", "stdio", key, "--", target.command, *arguments]
    else:
        for name, text in target.headers.items():
            words += ["--header", f"{name}: {text.render(shell_variable)}"]
        words += ["--transport", http_or_sse(target), key, target.url.render(shell_variable)]
    return shlex.join(words)
