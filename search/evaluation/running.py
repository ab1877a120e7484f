"""One relevance set, ranked in three ways: by BM25 alone, by the plain model alone, by Rollcall."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Self

import numpy as np

from search.embedding import Embedder, FloatArray
from search.evaluation.baselines import BM25, best_rows, plain_text
from search.evaluation.metrics import DEPTH, Quality
from search.evaluation.relevance import Document, JudgedQuery, RelevanceSet
from search.evaluation.throwaway import ThrowAwayIndex
from search.ranking import Found

BM25_ALONE, VECTORS_ALONE, ROLLCALL = "bm25", "vectors", "rollcall"
# So many queries are encoded one at a time, as they are in production.
TIMED_QUERIES = 100

Rankings = dict[str, list[list[str]]]


@dataclass(frozen=True, kw_only=True)
class Durations:
    """Milliseconds: half of the queries took less than ``p50``, 95 of 100 less than ``p95``."""

    p50: float
    p95: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Self:
        p50, p95 = np.percentile(np.array(seconds) * 1000, [50, 95]).tolist()
        return cls(p50=round(p50, 2), p95=round(p95, 2))


@dataclass(frozen=True, kw_only=True)
class Report:
    """What came out, by the way of ranking."""

    name: str
    documents: int
    # Queries that something answers, and how well each way of ranking does.
    queries: int
    quality: Mapping[str, Quality]
    # Queries that nothing answers, and the share of them that got nothing.
    unanswerable: int
    silence: Mapping[str, float]
    # Of Rollcall, one query at a time: the model, and everything else.
    encoding: Durations
    ranking: Durations


class Evaluation:
    """Some documents, ready to be searched in three ways."""

    def __init__(
        self, documents: Sequence[Document], embedder: Embedder, *, of_servers: bool
    ) -> None:
        plain = [plain_text(document) for document in documents]
        self._embedder = embedder
        self._ids = [document.id for document in documents]
        self._bm25 = BM25(plain)
        self._vectors = embedder.encode(plain)
        self.index = ThrowAwayIndex(documents, embedder, of_servers=of_servers)

    @classmethod
    def of(cls, judged: RelevanceSet, embedder: Embedder) -> Self:
        return cls(judged.documents, embedder, of_servers=judged.of_servers)

    def report(self, name: str, queries: Sequence[JudgedQuery], *, timed_with: Embedder) -> Report:
        """How well ``queries`` are answered. ``timed_with``: the model as production asks it."""
        rankings, seconds = self._rankings(queries)
        answerable = [number for number, query in enumerate(queries) if query.relevant]
        others = [number for number, query in enumerate(queries) if not query.relevant]
        return Report(
            name=name,
            documents=len(self._ids),
            queries=len(answerable),
            quality=_quality(rankings, queries, answerable),
            unanswerable=len(others),
            silence=_silence(rankings, others),
            encoding=Durations.of(_seconds_of_encoding(queries, timed_with)),
            ranking=Durations.of(seconds),
        )

    def found(self, queries: Sequence[JudgedQuery]) -> list[tuple[list[Found], float]]:
        """What production finds for each of ``queries``, and in how many seconds.

        The vectors are encoded together beforehand; encoding is not in the seconds.
        """
        vectors = self._vectors_of(queries)
        found = []
        for query in queries:
            began = time.perf_counter()
            answer = self.index.found(self.index.wishes_of(query.text), vectors)
            found.append((answer, time.perf_counter() - began))
        return found

    def _vectors_of(self, queries: Sequence[JudgedQuery]) -> dict[str, FloatArray]:
        """The vector of every query and of what it asks for one by one."""
        wishes = (wish for query in queries for wish in self.index.wishes_of(query.text))
        texts = list(dict.fromkeys(wish.text for wish in wishes))
        return dict(zip(texts, self._embedder.encode(texts), strict=True))

    def _rankings(self, queries: Sequence[JudgedQuery]) -> tuple[Rankings, list[float]]:
        """What every query finds in every way, and how long Rollcall's took."""
        meant = self._embedder.encode([query.text for query in queries])
        answers = self.found(queries)
        rankings = {
            BM25_ALONE: [self._best(self._bm25.scores(query.text)) for query in queries],
            VECTORS_ALONE: [self._best(self._vectors @ vector) for vector in meant],
            ROLLCALL: [[self.index.id_of(each) for each in found] for found, _ in answers],
        }
        return rankings, [seconds for _, seconds in answers]

    def _best(self, scores: FloatArray) -> list[str]:
        return [self._ids[row] for row in best_rows(scores, DEPTH)]


def _quality(
    rankings: Rankings, queries: Sequence[JudgedQuery], answerable: Sequence[int]
) -> dict[str, Quality]:
    if not answerable:
        return {}
    relevant = [queries[number].relevant for number in answerable]
    return {
        way: Quality.of([ranked[number] for number in answerable], relevant)
        for way, ranked in rankings.items()
    }


def _silence(rankings: Rankings, unanswerable: Sequence[int]) -> dict[str, float]:
    if not unanswerable:
        return {}
    return {
        way: fmean(not ranked[number] for number in unanswerable)
        for way, ranked in rankings.items()
    }


def _seconds_of_encoding(queries: Sequence[JudgedQuery], embedder: Embedder) -> list[float]:
    seconds = []
    for query in queries[:TIMED_QUERIES]:
        began = time.perf_counter()
        embedder.encode([query.text])
        seconds.append(time.perf_counter() - began)
    return seconds
