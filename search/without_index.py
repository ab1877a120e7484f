"""Search while there is no index: who is called what was typed, and who says its words.

Plain SQL over the catalogue itself; slow where it is large, and better than nothing.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db.models import Case, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Length

from search.answers import SearchResult
from search.matches import Kind, Reason
from search.ranking import LONGEST_NAME
from search.results import address_of
from search.snippets import Snippets
from servers.models import Alias, Server, Tool

# What may be found: the servers and tools the caller sees, or one of the two.
Catalogue = Mapping[Kind, QuerySet[Any]]
Key = tuple[Kind, int]

# Of names that only begin with the query, this many come before what means the same...
MOST_BEGINNINGS = 3
# ...and none for fewer letters, with which too much begins.
SHORTEST_BEGINNING = 3

MOST_WORDS = 12
# Words that nearly every description has.
STOP_WORDS = frozenset(
    {"a", "an", "and", "any", "are", "as", "at", "be", "by", "can", "do", "for", "from", "get"}
    | {"has", "have", "how", "i", "in", "is", "it", "me", "my", "of", "on", "or", "that", "the"}
    | {"this", "to", "use", "want", "what", "when", "where", "which", "who", "will", "with"}
)


class Match(NamedTuple):
    """A row that was found, and the part of its name or of the query's words that fits."""

    kind: Kind
    pk: int
    score: float
    reason: Reason


def catalogue_results(query: str, catalogue: Catalogue, *, limit: int) -> list[SearchResult]:
    """The at most ``limit`` rows of ``catalogue`` that fit best."""
    matches = name_matches(query, catalogue, limit=limit)
    matches += word_matches(query, catalogue, limit=limit + len(matches))
    return _results(_best(matches, limit), catalogue, set(_words(query)))


def name_matches(query: str, catalogue: Catalogue, *, limit: int) -> list[Match]:
    """What is called ``query``, all of it first, then a few names that begin with it.

    Case does not count, nor which of space, ``_`` and ``-`` separates the words.
    """
    if len(query) > LONGEST_NAME:
        return []
    found = [
        Match(kind, pk, _part_spelled(query, kind, names), Reason.NAME)
        for kind, rows in catalogue.items()
        for pk, *names in _called(query, kind, rows)[:limit]
    ]
    exact = [match for match in found if match.score == 1]
    begun = sorted(
        (match for match in found if match.score < 1), key=lambda match: match.score, reverse=True
    )
    return exact + begun[:MOST_BEGINNINGS]


def word_matches(query: str, catalogue: Catalogue, *, limit: int) -> list[Match]:
    """What has words of ``query`` in its name, title or description, the most of them first."""
    words = _words(query)
    if not words:
        return []
    found = [
        Match(kind, pk, said / len(words), Reason.WORDS)
        for kind, rows in catalogue.items()
        for pk, said in _with_words(words, rows)[:limit]
    ]
    return sorted(found, key=lambda match: match.score, reverse=True)[:limit]


def _called(query: str, kind: Kind, rows: QuerySet[Any]) -> QuerySet[Any, tuple[Any, ...]]:
    """The id, name, title and alias of rows that have the query, or its beginning, for a name."""
    spellings = {query, *(re.sub(r"[\s_-]+", each, query) for each in " _-")}
    equal, begins = Q(), Q()
    for spelling in spellings:
        equal |= Q(name__iexact=spelling) | Q(title__iexact=spelling)
        begins |= Q(name__istartswith=spelling) | Q(title__istartswith=spelling)
        if kind is Kind.SERVER:
            equal |= Q(name__iendswith=f"/{spelling}")
            begins |= Q(name__icontains=f"/{spelling}")
    alias: Any = Value("")
    if kind is Kind.SERVER:
        aliases = Alias.objects.filter(word__in=[spelling.lower() for spelling in spellings])
        alias = Subquery(aliases.filter(server=OuterRef("pk")).values("word")[:1])
        equal |= Q(pk__in=aliases.values("server"))
    wanted = begins | equal if len(query) >= SHORTEST_BEGINNING else equal
    is_equal = Case(When(equal, then=Value(0)), default=Value(1), output_field=IntegerField())
    return (
        rows.filter(wanted)
        .order_by(is_equal, Length("name"), "pk")
        .values_list("pk", "name", "title", alias)
    )


def _part_spelled(query: str, kind: Kind, names: Sequence[str | None]) -> float:
    """How much of a name the query spells, of the one that fits best: up to 1."""
    spelled, last_part = _one_spelling(query), (names[0] or "").rpartition("/")[2]
    known = [*names, last_part] if kind is Kind.SERVER else names
    fitting = [each for each in map(_one_spelling, filter(None, known)) if each.startswith(spelled)]
    return max((len(spelled) / len(each) for each in fitting), default=0.0)


def _one_spelling(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.casefold())


def _words(query: str) -> list[str]:
    """The first different words that say something, or any words if none does."""
    words = list(dict.fromkeys(re.findall(r"\w+", query.casefold())))
    return ([word for word in words if word not in STOP_WORDS] or words)[:MOST_WORDS]


def _with_words(words: list[str], rows: QuerySet[Any]) -> QuerySet[Any, tuple[int, int]]:
    """The id of rows that have a word, and how many; those with words in the name come first."""
    in_name = [Q(name__icontains=word) | Q(title__icontains=word) for word in words]
    anywhere = [in_name[i] | Q(description__icontains=word) for i, word in enumerate(words)]
    counted = rows.annotate(said=_how_many(anywhere), named=_how_many(in_name))
    best_first: QuerySet[Any] = counted.order_by("-said", "-named", "name", "pk")
    return best_first.filter(said__gt=0).values_list("pk", "said")


def _how_many(conditions: list[Q]) -> Any:
    """An expression that counts the conditions that hold for a row."""
    cases = [Case(When(each, then=Value(1)), default=Value(0)) for each in conditions]
    return sum(cases[1:], cases[0])


def _best(matches: Iterable[Match], limit: int) -> list[Match]:
    """Each row once, for the first reason it was found."""
    once: dict[Key, Match] = {}
    for match in matches:
        once.setdefault((match.kind, match.pk), match)
    return list(once.values())[:limit]


def _results(matches: list[Match], catalogue: Catalogue, words: set[str]) -> list[SearchResult]:
    """The matches with their rows; a row that is gone by now is left out."""
    rows: dict[Key, Server | Tool] = {
        (kind, row.pk): row
        for kind, visible in catalogue.items()
        for row in visible.filter(pk__in=[match.pk for match in matches if match.kind is kind])
        .select_related(*_RELATED[kind])
        .only("name", "title", "description", *_SUMMARY[kind])
    }
    found = ((match, rows.get((match.kind, match.pk))) for match in matches)
    snippets = Snippets(words)
    return [_result(match, row, snippets) for match, row in found if row]


# A tool's definition is large and not shown.
_RELATED = {Kind.SERVER: [], Kind.TOOL: ["server"]}
_SUMMARY = {Kind.SERVER: ["health_state"], Kind.TOOL: ["server__name", "server__health_state"]}


def _result(match: Match, row: Server | Tool, snippets: Snippets) -> SearchResult:
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
        url=address_of(server.name),
        snippet=snippets.of(row.description),
    )
