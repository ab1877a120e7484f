"""Answers a query: by name, then by meaning, or by words where there is nothing to compare meaning.

What the caller may not see is left out before the best are taken.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from accounts.services import Principal
from search import embedding
from search.embedding import ModelNotReady
from search.index.publication import IndexRefused
from search.index.reader import IndexReader
from search.lexical import Scope, name_matches, word_matches
from search.matches import Kind, Match, Reason
from search.models import SearchEntry
from servers.models import Server, Tool

LONGEST_QUERY = 2_000


class EmptyQuery(Exception):
    """There is nothing to search for."""

    def __init__(self) -> None:
        super().__init__("Say what you are looking for: the query is empty.")


class QueryTooLong(Exception):
    """Nobody asks this much."""

    def __init__(self, length: int) -> None:
        super().__init__(f"The query has {length:,} characters; {LONGEST_QUERY:,} are the most.")


@dataclass(frozen=True, kw_only=True)
class SearchResult:
    """One server or tool that was found."""

    type: Kind
    name: str
    title: str
    description: str
    # The name of the server, or of the tool's server.
    server: str
    # 0 to 1; what it counts depends on ``match``.
    score: float
    match: Reason
    # The server's health state and that state in words.
    health: str
    health_label: str


@dataclass(frozen=True, kw_only=True)
class SearchAnswer:
    """What was found, the best first. ``degraded``: by words alone, for the reason given."""

    query: str
    degraded: bool
    reason: str
    results: list[SearchResult]

    @property
    def count(self) -> int:
        return len(self.results)


def search(
    *, principal: Principal, query: str, limit: int = 10, kinds: Collection[Kind] = tuple(Kind)
) -> SearchAnswer:
    """The at most ``limit`` servers and tools that ``principal`` may see and that fit best.

    Raises ``EmptyQuery`` and ``QueryTooLong``.
    """
    query = _checked(query)
    scope = _scope(principal, kinds)
    matches = name_matches(query, scope, limit=limit)
    reason = ""
    try:
        matches += _meaning_matches(query, principal, kinds, limit=limit + len(matches))
    except (ModelNotReady, IndexRefused) as refusal:
        reason = str(refusal)
        matches += word_matches(query, scope, limit=limit + len(matches))
    return SearchAnswer(
        query=query,
        degraded=bool(reason),
        reason=reason,
        results=_results(_best(matches, limit), scope),
    )


def _checked(query: str) -> str:
    query = query.strip()
    if not query:
        raise EmptyQuery
    if len(query) > LONGEST_QUERY:
        raise QueryTooLong(len(query))
    return query


def _scope(principal: Principal, kinds: Collection[Kind]) -> Scope:
    """The servers and tools that may be found."""
    rows = {
        Kind.SERVER: Server.objects.visible_to(principal),
        Kind.TOOL: Tool.objects.current().visible_to(principal),
    }
    return {kind: rows[kind] for kind in Kind if kind in kinds}


def _meaning_matches(
    query: str, principal: Principal, kinds: Collection[Kind], *, limit: int
) -> list[Match]:
    """The nearest texts among those the principal may find."""
    embedder = embedding.get_embedder()
    vector = embedding.query_vector(embedder, query)
    findable = SearchEntry.objects.visible_to(principal).of_kinds(kinds)
    ids, scores = _reader(settings.INDEX_DIR).search(
        vector, limit, findable.ids(), model_key=embedder.model_key
    )
    rows = SearchEntry.objects.filter(pk__in=ids.tolist()).values_list("pk", "server", "tool")
    found = {
        pk: (Kind.TOOL, tool_id) if tool_id else (Kind.SERVER, server_id)
        for pk, server_id, tool_id in rows
    }
    return [
        Match(*found[pk], score=min(max(score, 0.0), 1.0), reason=Reason.MEANING)
        for pk, score in zip(ids.tolist(), scores.tolist(), strict=True)
        if pk in found
    ]


@lru_cache(maxsize=8)
def _reader(folder: Path) -> IndexReader:
    """This process's reader of the indexes in ``folder``."""
    return IndexReader(folder, SearchEntry.objects.vectors)


def _best(matches: Iterable[Match], limit: int) -> list[Match]:
    """Each row once, for the first reason it was found."""
    once: dict[tuple[Kind, int], Match] = {}
    for match in matches:
        once.setdefault((match.kind, match.pk), match)
    return list(once.values())[:limit]


def _results(matches: list[Match], scope: Scope) -> list[SearchResult]:
    """The matches with their rows; a row that is gone by now is left out."""
    rows: dict[tuple[Kind, int], Server | Tool] = {
        (kind, row.pk): row
        for kind, visible in scope.items()
        for row in visible.filter(pk__in=[match.pk for match in matches if match.kind is kind])
        .select_related(*_RELATED[kind])
        .only("name", "title", "description", *_SUMMARY[kind])
    }
    return [_result(match, row) for match in matches if (row := rows.get((match.kind, match.pk)))]


# A tool's definition is large and not shown.
_RELATED = {Kind.SERVER: [], Kind.TOOL: ["server"]}
_SUMMARY = {Kind.SERVER: ["health_state"], Kind.TOOL: ["server__name", "server__health_state"]}


def _result(match: Match, row: Server | Tool) -> SearchResult:
    server = row.server if isinstance(row, Tool) else row
    return SearchResult(
        type=match.kind,
        name=row.name,
        title=row.title,
        description=row.description,
        server=server.name,
        score=round(match.score, 4),
        match=match.reason,
        health=server.health_state,
        health_label=server.get_health_state_display(),
    )
