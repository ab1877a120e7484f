"""Which entries answer a query, and how well: pure functions over corpora in memory.

An entry's relevance is the cosine of its vector and the query's, plus ``WORDS_WEIGHT`` times the
share of the query's words that it says, weighed by how rare they are among what the caller may
see. Both are absolute: they do not depend on what else is found, so that a filter takes results
away and changes nothing about those that stay.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from search.calibration import evidence, least_evidence
from search.corpus import Corpus, folded
from search.index.base import BoolArray, FloatArray, IdArray
from search.lexical.understanding import WordQuery
from search.matches import Kind

# How much the words count beside the meaning (docs/search-quality.md).
WORDS_WEIGHT = 1.5
# A server is nearly as relevant as its best tool; its own text may make it more relevant.
SERVER_OF_TOOL = 0.9
# So many entries are looked at closely, by either way to find them...
CANDIDATES = 100
# ...and so many are results at most: who needs more has to say more.
MOST_FOUND = 200

# No server or tool has a longer one.
LONGEST_NAME = 255


@dataclass(frozen=True, kw_only=True)
class Part:
    """A query, or one of the things that a long one asks for; without a vector, words alone."""

    words: WordQuery
    vector: FloatArray | None
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Scope:
    """A corpus and which rows of it may be found."""

    corpus: Corpus
    mask: BoolArray


class Found(NamedTuple):
    """An entry with what makes it relevant."""

    entry: int
    server: int
    # 0 where the entry is the server itself.
    tool: int
    # How exactly it is called what was asked for: 2 to the letter, 1 but for case and separators.
    called: int
    relevance: float
    cosine: float
    coverage: float
    # Of a server that is relevant by one of its tools: the entry of that tool, else 0.
    by_tool: int


@dataclass(frozen=True, kw_only=True)
class _Scores:
    """Candidates, one a row."""

    entry: IdArray
    server: IdArray
    tool: IdArray
    called: npt.NDArray[np.int8]
    relevance: FloatArray
    cosine: FloatArray
    coverage: FloatArray
    by_tool: IdArray

    @classmethod
    def joined(cls, several: Sequence[Self]) -> Self:
        names = [field.name for field in fields(cls)]
        return cls(**{name: np.concatenate([getattr(s, name) for s in several]) for name in names})

    def found(self, rows: IdArray) -> list[Found]:
        columns = (getattr(self, name)[rows].tolist() for name in Found._fields)
        return [Found(*values) for values in zip(*columns, strict=True)]


def rank(
    query: str, parts: Sequence[Part], scopes: Sequence[Scope], kinds: Collection[Kind]
) -> list[Found]:
    """The entries of ``kinds`` that answer ``query``, the best first, at most ``MOST_FOUND``.

    What is called as the query says comes before everything else. ``parts``: the query itself,
    then what it asks for one by one, if it asks for several things.
    """
    if not scopes:
        return []
    wanted = frozenset(kinds)
    scores = _Scores.joined([_scores(query, parts, scope, wanted) for scope in scopes])
    if Kind.SERVER in wanted:
        _lift_servers(scores)
    rows = (
        np.flatnonzero(scores.tool == 0)
        if wanted == {Kind.SERVER}
        else np.arange(len(scores.entry))
    )
    # The last key counts most; what is equally good stands in the order of its age.
    keys = (scores.entry[rows], -scores.relevance[rows], -scores.called[rows])
    return scores.found(rows[np.lexsort(keys)][:MOST_FOUND])


def fitting(found: Sequence[Found], *, entries: int, words: WordQuery) -> list[Found]:
    """``found``, or nothing where not even the best of so many entries is an answer to ``words``.

    What is called as the query says always is one.
    """
    floor = least_evidence(entries=entries, words=words)
    if any(evidence(cosine=each.cosine, coverage=each.coverage) >= floor for each in found):
        return list(found)
    return [each for each in found if each.called]


def _scores(query: str, parts: Sequence[Part], scope: Scope, wanted: frozenset[Kind]) -> _Scores:
    """The candidates of one corpus, each as relevant as to the part that it fits best."""
    corpus = scope.corpus
    mask = scope.mask & (corpus.tools > 0) if wanted == {Kind.TOOL} else scope.mask
    called = _called(query, corpus)
    coverages = [corpus.words.scores(part.words.weights) for part in parts]
    named = np.fromiter(called, dtype=np.int64, count=len(called))
    rows = np.unique(np.concatenate([named, *_nearest(parts, coverages, corpus, mask, wanted)]))
    if Kind.SERVER in wanted:
        rows = np.union1d(rows, corpus.own_rows(corpus.servers[rows]))
    rows = rows[mask[rows]]
    cosine, coverage, relevance = _best_parts(parts, coverages, corpus, rows)
    return _Scores(
        entry=corpus.ids[rows],
        server=corpus.servers[rows],
        tool=corpus.tools[rows],
        called=_at(rows, called),
        relevance=relevance,
        cosine=cosine,
        coverage=coverage,
        by_tool=np.zeros(len(rows), dtype=np.int64),
    )


def _called(query: str, corpus: Corpus) -> dict[int, int]:
    """The rows that are called what was asked for, and how exactly."""
    if len(query) > LONGEST_NAME:
        return {}
    rows = corpus.rows_of_names.get(folded(query), ())
    return {row: 2 if query == corpus.names[row] else 1 for row in rows}


def _nearest(
    parts: Sequence[Part],
    coverages: Sequence[FloatArray],
    corpus: Corpus,
    mask: BoolArray,
    wanted: frozenset[Kind],
) -> Iterator[IdArray]:
    """The rows nearest in meaning and those that say most of the words, for each part.

    Where servers alone are wanted their own entries are looked for apart: they are few among
    those of the tools.
    """
    masks = [mask, mask & (corpus.tools == 0)] if wanted == {Kind.SERVER} else [mask]
    for allowed in masks:
        for part, coverage in zip(parts, coverages, strict=True):
            if part.vector is not None:
                yield corpus.vectors.nearest(part.vector, CANDIDATES, allowed)
            yield _most(coverage, allowed)


def _most(coverage: FloatArray, allowed: BoolArray) -> IdArray:
    """The allowed rows that say most of the words, in no order."""
    rows = np.flatnonzero((coverage > 0) & allowed)
    if len(rows) <= CANDIDATES:
        return rows
    return rows[np.argpartition(-coverage[rows], CANDIDATES)[:CANDIDATES]]


def _at(rows: IdArray, values: Mapping[int, int]) -> npt.NDArray[np.int8]:
    """The value of each of ``rows`` (ascending), 0 for the others."""
    column = np.zeros(len(rows), dtype=np.int8)
    for row, value in values.items():
        column[rows == row] = value
    return column


def _best_parts(
    parts: Sequence[Part], coverages: Sequence[FloatArray], corpus: Corpus, rows: IdArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Cosine, coverage and relevance of the part that each row fits best."""
    cosines = np.stack([_cosines(part, corpus, rows) for part in parts])
    covered = np.stack([coverage[rows] for coverage in coverages])
    weights = np.array([[part.weight] for part in parts], dtype=np.float32)
    relevance = weights * (cosines + np.float32(WORDS_WEIGHT) * covered)
    best = (np.argmax(relevance, axis=0), np.arange(len(rows)))
    return cosines[best], covered[best], relevance[best]


def _cosines(part: Part, corpus: Corpus, rows: IdArray) -> FloatArray:
    if part.vector is None:
        return np.zeros(len(rows), dtype=np.float32)
    return corpus.vectors.scores(part.vector, rows)


def _lift_servers(scores: _Scores) -> None:
    """Make servers as relevant as their best tools make them, in place."""
    tools = np.flatnonzero(scores.tool > 0)
    if not len(tools):
        return
    tools = tools[np.argsort(-scores.relevance[tools], kind="stable")]
    servers, first = np.unique(scores.server[tools], return_index=True)
    own = np.flatnonzero(scores.tool == 0)
    places = np.minimum(np.searchsorted(servers, scores.server[own]), len(servers) - 1)
    best = tools[first[places]]
    lifted = SERVER_OF_TOOL * scores.relevance[best]
    better = (servers[places] == scores.server[own]) & (lifted > scores.relevance[own])
    own, best = own[better], best[better]
    scores.relevance[own] = lifted[better]
    scores.cosine[own], scores.coverage[own] = scores.cosine[best], scores.coverage[best]
    scores.by_tool[own] = scores.entry[best]
