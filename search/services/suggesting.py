"""Suggests while somebody types: names, titles, categories and tags that begin so.

Answered from memory, for it is asked at every letter; from the catalogue while there is no index.
"""

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from django.db.models import Count, Q, QuerySet

from accounts.services import Principal
from search.corpus import Corpus, folded
from search.index.publication import IndexRefused
from search.index.reader import Corpora, corpora
from search.suggestions import Label, Sort, Suggestions, merged
from search.visibility import visible_to
from servers.models import Server, Tag, Tool

# Ids that one query asks for.
IDS_A_QUERY = 5_000
# What may stand before a word of a name.
SEPARATORS = " _-./"

_building = threading.Lock()
_built: WeakKeyDictionary[Corpus, Suggestions] = WeakKeyDictionary()


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A text to search for."""

    text: str
    # What it is: a tool, server, category or tag.
    type: str
    # How many servers of those the caller sees have it.
    servers: int


@dataclass(frozen=True, kw_only=True)
class SuggestAnswer:
    """The best first. ``degraded``: from the catalogue, since there is no index."""

    query: str
    degraded: bool
    suggestions: list[Suggestion]


def suggest(
    *, principal: Principal, typed: str, limit: int, sorts: Collection[Sort] = tuple(Sort)
) -> SuggestAnswer:
    """What ``principal`` may see and of which a word begins as ``typed``, whatever its case."""
    try:
        found = _from_corpora(corpora(), principal, typed, sorts, limit)
    except IndexRefused:
        found = _from_catalogue(principal, typed, sorts, limit)
        return SuggestAnswer(query=typed, degraded=True, suggestions=found)
    return SuggestAnswer(query=typed, degraded=False, suggestions=found)


def _from_corpora(
    here: Corpora, principal: Principal, typed: str, sorts: Collection[Sort], limit: int
) -> list[Suggestion]:
    beginning = folded(typed)
    if not beginning:
        return []
    visible = visible_to(principal)
    found = [
        candidate
        for corpus in (here.published, here.fresh)
        for candidate in suggestions_of(corpus).find(
            beginning, visible.mask(corpus) & corpus.alive, sorts, limit
        )
    ]
    return [
        Suggestion(text=it.text, type=it.sort.name.lower(), servers=-it.rows)
        for it in merged(found, limit)
    ]


def suggestions_of(corpus: Corpus) -> Suggestions:
    """The suggestions of ``corpus``, made on first use and kept for as long as it is."""
    with _building:
        if corpus not in _built:
            _built[corpus] = Suggestions(_labels(corpus))
        return _built[corpus]


def _labels(corpus: Corpus) -> Iterator[Label]:
    """What can be suggested of the entries: their names and titles, and the marks of servers."""
    tools, servers = corpus.tools.tolist(), corpus.servers.tolist()
    for row, (name, tool) in enumerate(zip(corpus.names, tools, strict=True)):
        yield Label(Sort.TOOL if tool else Sort.SERVER, name, row)
    yield from _labels_of_servers({servers[row]: row for row, tool in enumerate(tools) if not tool})
    yield from _labels_of_tools({tool: row for row, tool in enumerate(tools) if tool})


def _labels_of_servers(row_of: Mapping[int, int]) -> Iterator[Label]:
    for servers in _chunks(row_of):
        columns = Server.objects.filter(pk__in=servers).values_list("pk", "title", "category")
        for pk, title, category in columns:
            if title:
                yield Label(Sort.SERVER, title, row_of[pk])
            if category:
                yield Label(Sort.CATEGORY, category, row_of[pk])
        tags = Tag.servers.through.objects.filter(server__in=servers)
        for pk, tag in tags.values_list("server", "tag__name"):
            yield Label(Sort.TAG, tag, row_of[pk])


def _labels_of_tools(row_of: Mapping[int, int]) -> Iterator[Label]:
    for tools in _chunks(row_of):
        titled = Tool.objects.filter(pk__in=tools).exclude(title="")
        for pk, title in titled.values_list("pk", "title"):
            yield Label(Sort.TOOL, title, row_of[pk])


def _chunks(ids: Collection[int]) -> Iterator[Sequence[int]]:
    every = list(ids)
    return (every[begin : begin + IDS_A_QUERY] for begin in range(0, len(every), IDS_A_QUERY))


def _from_catalogue(
    principal: Principal, typed: str, sorts: Collection[Sort], limit: int
) -> list[Suggestion]:
    servers = Server.objects.visible_to(principal)
    tools = Tool.objects.current().visible_to(principal)
    columns: dict[Sort, tuple[QuerySet[Any], str]] = {
        Sort.TOOL: (tools, "name"),
        Sort.SERVER: (servers, "name"),
        Sort.CATEGORY: (servers, "category"),
        Sort.TAG: (servers, "tags__name"),
    }
    found = [
        Suggestion(text=text, type=sort.name.lower(), servers=total)
        for sort in sorted(sorts)
        for text, total in _beginning(typed, *columns[sort])[:limit]
    ]
    return sorted(found, key=lambda it: it.text.casefold() != typed.casefold())[:limit]


def _beginning(typed: str, rows: QuerySet[Any], column: str) -> QuerySet[Any, tuple[str, int]]:
    """The values of ``column`` with a word that begins so, the most frequent first."""
    begins = Q(**{f"{column}__istartswith": typed})
    for separator in SEPARATORS:
        begins |= Q(**{f"{column}__icontains": separator + typed})
    counted = rows.filter(begins).order_by().values_list(column).annotate(total=Count("pk"))
    most_frequent_first: QuerySet[Any, tuple[str, int]] = counted.order_by("-total", column)
    return most_frequent_first
