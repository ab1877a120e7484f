"""Lists of the servers that clients may use, in the formats their administrators load.

GitHub Copilot and Claude Code share the words ``serverUrl`` (``*`` matches any characters) and
``serverCommand`` (the whole command, compared word by word); both block a server that matches no
entry. Formats: "Configuring an MCP server allowlist for your enterprise",
docs.github.com/en/copilot; "Control MCP server access for your organization",
code.claude.com/docs/en/managed-mcp; ``chat.mcp.allowedServers`` of VS Code
(microsoft/vscode, ``src/vs/platform/mcp/common/allowedMcpServers.ts``).

A server is listed by what it is reached by, never by its name: anybody can give any server any
name in a configuration. What a person completes - a command with a gap in its arguments, an
address whose host is not said - is in no list, since an entry for it would allow too much.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, repeat
from typing import Any
from urllib.parse import urlsplit

from servers.client_configuration.inputs import Input, Text
from servers.client_configuration.ways import Bundle, Command, Way, ways_of

Matcher = dict[str, Any]
WILDCARD = "*"
# What stands before and after the entries, and what the file is called.
JSON_FORMATS = {
    "copilot": ('{"allowedMcpServers": [', "]}", "managed-settings.json"),
    "claude-code": (
        '{"allowManagedMcpServersOnly": true, "allowedMcpServers": [',
        "]}",
        "managed-settings.json",
    ),
    "vscode": ('{"chat.mcp.allowedServers": [', "]}", "settings.json"),
}
TEXT_FORMATS = {"names": "names.txt", "urls": "urls.txt"}
FORMATS = (*JSON_FORMATS, *TEXT_FORMATS)

Documents = Iterable[Mapping[str, Any]]


def filename_of(format_name: str) -> str:
    """What the file is called where it is loaded."""
    found = JSON_FORMATS.get(format_name)
    return found[2] if found else TEXT_FORMATS[format_name]


def allow_list(documents: Documents, format_name: str) -> Iterator[str]:
    """The list of these documents' servers, piece by piece; versions of a server follow another."""
    if format_name in TEXT_FORMATS:
        yield from (f"{line}\n" for line in _TEXT_LINES[format_name](documents))
        return
    begin, end, _ = JSON_FORMATS[format_name]
    yield begin
    separators = chain(["\n  "], repeat(",\n  "))
    for separator, matcher in zip(separators, _distinct_matchers(documents), strict=False):
        yield separator + json.dumps(matcher, ensure_ascii=False)
    yield f"\n{end}\n"


def matchers_of(document: Mapping[str, Any]) -> Iterator[Matcher]:
    """The entries that let a client use the server ``document`` describes."""
    for way in ways_of(document):
        yield from _matchers(way)


def _matchers(way: Way) -> Iterator[Matcher]:
    target = way.target
    if isinstance(target, Bundle):
        return
    if isinstance(target, Command):
        yield from ({"serverCommand": words} for words in _commands(target))
    elif url := _url_pattern(target.url):
        yield {"serverUrl": url}


def _commands(target: Command) -> Iterator[list[str]]:
    """The command as our configurations have it; of npx, also as VS Code does: without ``-y``."""
    if not all(text.is_fixed for text in target.arguments):
        return
    words = [target.command, *(text.render(_wildcard) for text in target.arguments)]
    yield words
    if words[:2] == ["npx", "-y"]:
        yield ["npx", *words[2:]]


def _url_pattern(url: Text) -> str | None:
    """The address, each gap as a wildcard; nothing where that would open more than it should."""
    if any(isinstance(part, str) and WILDCARD in part for part in url.parts):
        return None
    pattern = url.render(_wildcard)
    try:
        host = urlsplit(pattern).netloc.rpartition(":")[0] or urlsplit(pattern).netloc
    except ValueError:
        return None
    # In a host only as the first labels of a domain that is said: *.example.org.
    _, found, domain = host.rpartition(WILDCARD)
    return pattern if not found or (domain[:1] == "." and domain.count(".") > 1) else None


def _wildcard(gap: Input) -> str:
    return WILDCARD


def _distinct_matchers(documents: Documents) -> Iterator[Matcher]:
    """Each entry once, as long as the versions of one server follow one another."""
    name, seen = None, set[str]()
    for document in documents:
        if document["name"] != name:
            name, seen = document["name"], set()
        for matcher in matchers_of(document):
            key = json.dumps(matcher)
            if key not in seen:
                seen.add(key)
                yield matcher


def _names(documents: Documents) -> Iterator[str]:
    name = None
    for document in documents:
        if document["name"] != name:
            name = document["name"]
            yield name


def _urls(documents: Documents) -> Iterator[str]:
    matchers = _distinct_matchers(documents)
    return (matcher["serverUrl"] for matcher in matchers if "serverUrl" in matcher)


_TEXT_LINES = {"names": _names, "urls": _urls}
