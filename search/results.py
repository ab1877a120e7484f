"""Found entries with the rows they stand for: one query for a page, whatever is on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from django.db import connection
from django.urls import reverse

from search.answers import Explanation, SearchResult
from search.calibration import probability
from search.lexical import WordQuery
from search.matches import Kind, Reason
from search.ranking import WORDS_WEIGHT, Found, Part
from search.snippets import Snippets
from servers.models import HealthState, Tool

# Every search asks this: by the ORM it would take three times as long.
_SQL = """
    SELECT entry.id, entry.server_id, entry.tool_id,
           server.name, server.title, server.description, server.health_state,
           tool.name, tool.title, tool.description
    FROM search_searchentry entry
    JOIN servers_server server ON server.id = entry.server_id
    LEFT JOIN servers_tool tool ON tool.id = entry.tool_id
    WHERE entry.id IN ({})
"""


class Text(NamedTuple):
    """What a server or a tool says of itself."""

    name: str
    title: str
    description: str


class Row(NamedTuple):
    """What is shown of an entry; ``tool`` is empty where it is the server's own."""

    server_id: int
    tool_id: int
    server: Text
    health: HealthState
    tool: Text


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What is told of each result beside what it is."""

    schemas: bool = False
    explanations: bool = False


NOTHING_MORE = Shown()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A query as it was understood. ``reason``: why it could be compared by words alone."""

    query: str
    # The query itself first, then what it asks for one by one, if it asks for several things.
    parts: Sequence[Part]
    # How many there are of which the caller could have found any.
    entries: int
    reason: str

    @property
    def words(self) -> WordQuery:
        """Of the query itself."""
        return self.parts[0].words


def results_of(
    found: Sequence[Found], asked: Asked, shown: Shown
) -> tuple[list[SearchResult], set[int]]:
    """The results in the order of ``found``, and the entries that are gone from the database."""
    rows = _rows(found, shown)
    there = [each for each in found if _is_still(each, rows)]
    snippets = Snippets(asked.words.weights.keys())
    results = [_result(each, rows, asked, shown, snippets) for each in there]
    if shown.schemas:
        results = _with_schemas(results, [each.tool for each in there])
    return results, {each.entry for each in found} - {each.entry for each in there}


def _is_still(found: Found, rows: Mapping[int, Row]) -> bool:
    """Whether the entry is there, and is what it was when the caller was allowed to find it.

    After a restore of the database its id may stand for something else.
    """
    row = rows.get(found.entry)
    return row is not None and (row.server_id, row.tool_id) == (found.server, found.tool)


def _rows(found: Sequence[Found], shown: Shown) -> dict[int, Row]:
    """What is shown of each entry that is still there."""
    entries = {each.entry for each in found}
    if shown.explanations:
        entries |= {each.by_tool for each in found if each.by_tool}
    if not entries:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SQL.format(",".join(["%s"] * len(entries))), list(entries))
        return {
            entry: Row(server, tool or 0, Text(*said[:3]), HealthState(said[3]), Text(*said[4:]))
            for entry, server, tool, *said in cursor.fetchall()
        }


def _result(
    found: Found, rows: Mapping[int, Row], asked: Asked, shown: Shown, snippets: Snippets
) -> SearchResult:
    row = rows[found.entry]
    text = row.tool if found.tool else row.server
    return SearchResult(
        type=Kind.TOOL if found.tool else Kind.SERVER,
        name=text.name,
        title=text.title,
        description=text.description,
        server=row.server.name,
        score=score_of(found, asked),
        match=_reason(found),
        health=row.health.value,
        health_label=row.health.label,
        url=address_of(row.server.name),
        snippet=snippets.of(text.description),
        explanation=_explanation(found, rows, asked) if shown.explanations else None,
    )


@lru_cache(maxsize=10_000)
def address_of(server: str) -> str:
    """Of a server in the REST API: worked out once, since it takes longer than all the rest."""
    return reverse("server-detail", kwargs={"name": server})


def score_of(found: Found, asked: Asked) -> float:
    """0 to 1, as it is shown; what is called as the query says is what was asked for."""
    if found.called:
        return 1.0
    return round(found.coverage if asked.reason else probability(found.relevance), 4)


def _reason(found: Found) -> Reason:
    """What speaks most for it."""
    if found.called:
        return Reason.NAME
    by_meaning = found.cosine >= WORDS_WEIGHT * found.coverage
    return Reason.MEANING if by_meaning else Reason.WORDS


def _with_schemas(results: list[SearchResult], tools: list[int]) -> list[SearchResult]:
    """The results with the input schemas of those that are tools, by their ids."""
    schemas = {tool.pk: tool.input_schema for tool in Tool.objects.filter(pk__in=tools)}
    return [
        replace(result, input_schema=schemas.get(tool))
        for result, tool in zip(results, tools, strict=True)
    ]


def _explanation(found: Found, rows: Mapping[int, Row], asked: Asked) -> Explanation:
    tool = rows.get(found.by_tool)
    return Explanation(
        cosine=None if asked.reason else round(found.cosine, 4),
        coverage=round(found.coverage, 4),
        relevance=round(found.relevance, 4),
        words={word: round(weight, 4) for word, weight in asked.words.weights.items()},
        by_tool=tool.tool.name if tool else "",
    )
