"""Answers a query from the corpora in memory, as far as the caller may see what is in them.

There are three levels of service, of which the first that works answers: by meaning and words; by
words alone, while no model encodes; from the plain catalogue, while there is no index. Which one
it was stands in the answer.
"""

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import QuerySet

from accounts.services import Principal
from search import embedding
from search.answers import SearchAnswer, SearchResult
from search.corrections import corrected
from search.embedding import ModelNotReady
from search.filters import NO_FILTERS, Filters, facets_of, narrowed
from search.index.publication import IndexRefused
from search.index.reader import Corpora, corpora
from search.intents import wishes_of
from search.lexical import SeenWords
from search.matches import Kind
from search.ranking import MOST_FOUND, Found, Part, Scope, fitting, rank
from search.results import NOTHING_MORE, Asked, Shown, results_of, score_of
from search.visibility import Visible, visible_to
from search.without_index import Catalogue, catalogue_results
from servers.models import Server, Tool

LONGEST_QUERY = 2_000
# An entry that is gone since it was indexed is met once; from then on it is known.
MOST_TRIES = 3


class EmptyQuery(Exception):
    """There is nothing to search for."""

    def __init__(self) -> None:
        super().__init__("Say what you are looking for: the query is empty.")


class QueryTooLong(Exception):
    """Nobody asks this much."""

    def __init__(self, length: int) -> None:
        super().__init__(f"The query has {length:,} characters; {LONGEST_QUERY:,} are the most.")


def search(
    *,
    principal: Principal,
    query: str,
    kinds: Collection[Kind] = tuple(Kind),
    filters: Filters = NO_FILTERS,
    limit: int = 10,
    offset: int = 0,
    min_score: float = 0.0,
    shown: Shown = NOTHING_MORE,
    facets: bool = False,
) -> SearchAnswer:
    """The servers and tools that ``principal`` may see and that fit best, a page of them.

    ``min_score`` (0 to 1) leaves out what is less likely. Raises ``EmptyQuery``, ``QueryTooLong``.
    """
    query = _checked(query)
    try:
        here = corpora()
    except IndexRefused as refusal:
        scope = _catalogue(principal, filters, kinds)
        rows = catalogue_results(query, scope, limit=MOST_FOUND)
        fit = [row for row in rows if row.score >= min_score]
        return _without_index(query, fit, limit=limit, offset=offset, reason=str(refusal))
    visible = visible_to(principal)
    chosen = narrowed(visible, filters, principal)
    seen = _scopes(here, visible)
    asked = _understood(query, seen, here.manifest.model_key)
    for _ in range(MOST_TRIES):
        found = _found(asked, _scopes(here, chosen), kinds, min_score)
        results, gone = results_of(found[offset : offset + limit], asked, shown)
        if not gone:
            break
        here.forget(gone)
    return SearchAnswer(
        query=query,
        degraded=bool(asked.reason),
        reason=asked.reason,
        count=len(found),
        offset=offset,
        did_you_mean=corrected(query, asked.words.corrections, seen),
        results=results,
        facets=facets_of((each.server, each.tool) for each in found) if facets else None,
    )


def _checked(query: str) -> str:
    query = query.strip()
    if not query:
        raise EmptyQuery
    if len(query) > LONGEST_QUERY:
        raise QueryTooLong(len(query))
    return query


def _catalogue(principal: Principal, filters: Filters, kinds: Collection[Kind]) -> Catalogue:
    """The rows that may be found, by kind."""
    servers = filters.narrow_servers(Server.objects.visible_to(principal), principal)
    tools = filters.narrow_tools(Tool.objects.current().visible_to(principal))
    rows: dict[Kind, QuerySet[Any]] = {Kind.TOOL: tools.filter(server__in=servers)}
    if not filters.of_tools_alone:
        rows[Kind.SERVER] = servers
    return {kind: rows[kind] for kind in Kind if kind in kinds and kind in rows}


def _without_index(
    query: str, found: list[SearchResult], *, limit: int, offset: int, reason: str
) -> SearchAnswer:
    return SearchAnswer(
        query=query,
        degraded=True,
        reason=reason,
        count=len(found),
        offset=offset,
        did_you_mean="",
        results=found[offset : offset + limit],
    )


def _scopes(here: Corpora, visible: Visible) -> list[Scope]:
    """What is visible of what is there."""
    there = [each for each in (here.published, here.fresh) if len(each)]
    return [Scope(corpus=each, mask=visible.mask(each) & each.alive) for each in there]


def _understood(query: str, seen: Sequence[Scope], model_key: str) -> Asked:
    """The query and the single things it asks for, in the words of what the caller sees."""
    words = [SeenWords(scope.corpus.words, scope.mask) for scope in seen]
    wishes = wishes_of(query, words)
    vectors: Sequence[embedding.FloatArray | None] = [None] * len(wishes)
    reason = ""
    try:
        embedder = embedding.embedder_of(model_key)
        vectors = embedding.query_vectors(embedder, [wish.text for wish in wishes])
    except ModelNotReady as refusal:
        reason = str(refusal)
    parts = [
        Part(words=wish.words, vector=vector, weight=wish.weight)
        for wish, vector in zip(wishes, vectors, strict=True)
    ]
    entries = sum(each.size for each in words)
    return Asked(query=query, parts=parts, entries=entries, reason=reason)


def _found(
    asked: Asked, scopes: Sequence[Scope], kinds: Collection[Kind], min_score: float
) -> list[Found]:
    """What fits well enough to be called an answer."""
    found = rank(asked.query, asked.parts, scopes, kinds)
    if not asked.reason:
        found = fitting(found, entries=asked.entries, words=asked.words)
    if min_score:
        found = [each for each in found if score_of(each, asked) >= min_score]
    return found
