"""Relevance files: documents, and queries with the documents that somebody judged to fit.

Only reads and checks: a file that cannot be relied on is refused as a whole, in one sentence.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import fastjsonschema
import orjson

_LONGEST_REASON = 300

# What is optional may also be null, as many programs write it.
_TEXT = {"type": ["string", "null"]}
_NON_EMPTY = {"type": "string", "pattern": r"\S"}
_TOOL = {"name": _NON_EMPTY, "description": _TEXT, "input_schema": {"type": ["object", "null"]}}
_DOCUMENT = _TOOL | {
    "id": _NON_EMPTY,
    "server": _TEXT,
    "server_description": _TEXT,
    "tools": {
        "type": ["array", "null"],
        "items": {"type": "object", "required": ["name"], "properties": _TOOL},
    },
}
_QUERY = {"query": _NON_EMPTY, "relevant": {"type": "array", "items": _NON_EMPTY}}


def _list_of(properties: Mapping[str, Any], *, required: list[str]) -> dict[str, Any]:
    item = {"type": "object", "required": required, "properties": properties}
    return {"type": "array", "minItems": 1, "items": item}


_check = fastjsonschema.compile(
    {
        "type": "object",
        "required": ["documents", "queries"],
        "properties": {
            "name": _TEXT,
            "documents": _list_of(_DOCUMENT, required=["id", "name"]),
            "queries": _list_of(_QUERY, required=["query", "relevant"]),
        },
    }
)


class RelevanceFileRefused(Exception):
    """The file is no relevance file that can be relied on; the message says why."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason[:_LONGEST_REASON]}")


@dataclass(frozen=True, kw_only=True)
class ToolText:
    """What a tool says of itself."""

    name: str
    description: str = ""
    input_schema: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        return cls(
            name=given["name"],
            description=given.get("description") or "",
            input_schema=given.get("input_schema") or {},
        )


@dataclass(frozen=True, kw_only=True)
class Document:
    """One thing that can be found: a tool, perhaps with its server, or a server with its tools."""

    id: str
    text: ToolText
    server: str = ""
    server_description: str = ""
    tools: tuple[ToolText, ...] = ()

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        return cls(
            id=given["id"],
            text=ToolText.read(given),
            server=given.get("server") or "",
            server_description=given.get("server_description") or "",
            tools=tuple(map(ToolText.read, given.get("tools") or ())),
        )


@dataclass(frozen=True, kw_only=True)
class JudgedQuery:
    """A query and the ids of what answers it; none, where to return nothing is right."""

    text: str
    relevant: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class RelevanceSet:
    """A relevance file."""

    name: str
    documents: tuple[Document, ...]
    queries: tuple[JudgedQuery, ...]
    # Whether the documents are servers (they have tools of their own) or tools.
    of_servers: bool


def read_relevance(path: Path) -> RelevanceSet:
    """The relevance set in the file at ``path``. Raises ``RelevanceFileRefused``."""
    try:
        content = orjson.loads(path.read_bytes())
        _check(content)
    except OSError as error:
        raise RelevanceFileRefused(path, f"{error.strerror}.") from error
    except orjson.JSONDecodeError as error:
        raise RelevanceFileRefused(path, f"This is no JSON: {error}.") from error
    except fastjsonschema.JsonSchemaValueException as error:
        raise RelevanceFileRefused(path, f"{error.message.removeprefix('data.')}.") from error
    if reason := _contradiction(content):
        raise RelevanceFileRefused(path, reason)
    return parsed(content, name=content.get("name") or path.stem)


def parsed(content: Mapping[str, Any], *, name: str) -> RelevanceSet:
    """The relevance set of a file's content that is known to be right."""
    return RelevanceSet(
        name=name,
        documents=tuple(map(Document.read, content["documents"])),
        queries=tuple(
            JudgedQuery(text=query["query"].strip(), relevant=frozenset(query["relevant"]))
            for query in content["queries"]
        ),
        of_servers=any(document.get("tools") is not None for document in content["documents"]),
    )


def _contradiction(content: Mapping[str, Any]) -> str:
    """What no schema can say: an id that stands twice, or nowhere."""
    counted = Counter(document["id"] for document in content["documents"])
    if twice := _first(each for each, count in counted.items() if count > 1):
        return f"Two documents have the id {twice!r}."
    for number, query in enumerate(content["queries"]):
        if unknown := _first(each for each in query["relevant"] if each not in counted):
            return f"queries[{number}] names the document {unknown!r}, which is not there."
    return ""


def _first(found: Iterable[str]) -> str:
    return next(iter(found), "")
