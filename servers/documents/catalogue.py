"""Entries of a tool catalogue (a list of servers with what ``tools/list`` answered).

Each entry becomes a ``server.json`` document, its tools take their MCP names. The catalogue
states no versions: ``0.0.0`` says so, and any version a publisher states later is higher.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from servers.documents.paths import objects_in
from servers.documents.repairs import LONGEST_TEXT, forge_of, keep_full_description
from servers.documents.schema import SCHEMA_URL
from servers.documents.texts import shortened

UNSTATED_VERSION = "0.0.0"
LONGEST_TAG = 50  # characters, as the column

_STRANGE_IN_NAMESPACE = re.compile(r"[^a-zA-Z0-9.-]+")
_STRANGE_IN_NAME = re.compile(r"[^a-zA-Z0-9._-]+")
_EDGES = "._-"


@dataclass(frozen=True, kw_only=True)
class CatalogueEntry:
    """A catalogue entry in the registry's own terms; ``document`` may still be invalid."""

    document: dict[str, Any]
    tags: list[str]
    category: str
    tools: list[dict[str, Any]]
    notes: list[str] = field(default_factory=list)


def is_catalogue_entry(value: Any) -> bool:
    """Whether ``value`` has the shape of a catalogue entry rather than of a server.json."""
    return isinstance(value, dict) and isinstance(value.get("id"), str) and "tools" in value


def from_catalogue(entry: dict[str, Any]) -> CatalogueEntry:
    """The document, tags, category and tools of ``entry``; ``notes`` says what was left out."""
    notes: list[str] = []
    return CatalogueEntry(
        document=_document(entry),
        tags=_tags(entry),
        category=_text(entry, "primary_label")[:LONGEST_TEXT],
        tools=_tools(entry, notes),
        notes=notes,
    )


def _document(entry: dict[str, Any]) -> dict[str, Any]:
    title = _text(entry, "name")
    document: dict[str, Any] = {
        "$schema": SCHEMA_URL,
        "name": _name(entry["id"]),
        "title": shortened(title, LONGEST_TEXT),
        "description": _text(entry, "description") or title,
        "version": UNSTATED_VERSION,
    }
    if repository := _text(entry, "repository_url"):
        document["repository"] = {"url": repository, "source": forge_of(repository)}
    if homepage := _text(entry, "homepage"):
        document["websiteUrl"] = homepage
    if remote := _text(entry, "remote_url"):
        document["remotes"] = [{"type": "streamable-http", "url": remote}]
    stated = {key: entry[key] for key in ("id", "author", "license") if entry.get(key)}
    keep_full_description(document, extra=stated)
    return document


def _name(catalogue_id: str) -> str:
    """``@some_body/memory bank`` as ``some-body/memory-bank``."""
    namespace, _, name = catalogue_id.removeprefix("@").partition("/")
    namespace = _STRANGE_IN_NAMESPACE.sub("-", namespace).strip(_EDGES)
    return f"{namespace}/{_STRANGE_IN_NAME.sub('-', name or namespace).strip(_EDGES)}"


def _text(entry: dict[str, Any], key: str) -> str:
    return str(entry.get(key) or "").strip()


def _tags(entry: dict[str, Any]) -> list[str]:
    words = [*(entry.get("tags") or []), *(entry.get("categories") or [])]
    return sorted({str(word).strip().lower()[:LONGEST_TAG] for word in words} - {""})


def _tools(entry: dict[str, Any], notes: list[str]) -> list[dict[str, Any]]:
    tools: dict[str, dict[str, Any]] = {}
    for _, tool in objects_in(entry, "tools"):
        name = tool.get("name")
        if not name:
            notes.append("a tool without a name was left out")
        elif name in tools:
            notes.append(f"tool {name!r} is listed more than once; the first counts")
        else:
            tools[name] = _definition(tool)
    return list(tools.values())


def _definition(tool: dict[str, Any]) -> dict[str, Any]:
    """The tool as ``tools/list`` would give it; what is null was not stated."""
    annotations = {
        key: value for key, value in (tool.get("annotations") or {}).items() if value is not None
    }
    stated = {
        "name": tool["name"],
        "description": tool.get("description"),
        "inputSchema": tool.get("input_schema") or {"type": "object"},
        "annotations": annotations or None,
    }
    return {key: value for key, value in stated.items() if value is not None}
