"""Search quality in one report: every set and class of queries, and whether what must hold does."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Self

from registry_site.lib.text_tables import table
from scripts import query_classes
from scripts.cached_embedder import CachedEmbedder
from scripts.query_classes import Record
from scripts.score_fit import JudgedResults, calibration_error, fitted, reliability
from search import embedding
from search.evaluation import Evaluation, Report, read_relevance
from search.evaluation.metrics import hit
from search.evaluation.relevance import JudgedQuery, parsed
from search.evaluation.running import BM25_ALONE, ROLLCALL, VECTORS_ALONE

LEAST_RATIO = 1.05
LEAST_TYPOS_IN_FIRST_THREE = 0.95
LEAST_SILENCE = 0.95
# More would not change the scores, and there are ten results to a query.
FITTED_QUERIES = 1_000
NAMES = ("exact name", "typo")

Queries = Sequence[JudgedQuery]


@dataclass(frozen=True)
class QualityReport:
    """What was measured."""

    sets: Sequence[Report]
    classes: Sequence[Report]
    # Of names of tools, by the number of the result.
    typos_in_first_three: float
    shown: JudgedResults

    @classmethod
    def measured(cls, sets: Sequence[Path], catalogue: Path) -> Self:
        """A minute, or several where the catalogue has to be embedded."""
        embedder = CachedEmbedder(embedding.ensure_model())
        judged = [_Measured.set_of(path, embedder) for path in sets]
        tools = _Measured.catalogue(query_classes.tools_of(catalogue), embedder)
        servers = _Measured.catalogue(query_classes.servers_of(catalogue), embedder)
        of_servers = {f"server, {name}": servers.queries[name] for name in NAMES}
        measured = cls(
            sets=[report for each in judged for report in each.reports(each.queries)],
            classes=[*tools.reports(tools.queries), *servers.reports(of_servers)],
            typos_in_first_three=_within_three(tools.evaluation, tools.queries["typo"]),
            shown=JudgedResults.joined(
                [*(each.results() for each in judged), tools.results(only_nonsense=True)]
            ),
        )
        embedder.save()
        return measured

    @property
    def failures(self) -> list[str]:
        """What must hold and does not, in words."""
        return [*self._failures_of_sets(), *self._failures_of_classes()]

    def lines(self) -> list[str]:
        lines = [*_qualities([*self.sets, *self.classes]), "", *_silences(self.classes), ""]
        lines.append(f"One typo in a tool's name: {self.typos_in_first_three:.1%} in the first 3.")
        error = calibration_error(self.shown)
        lines += ["", *reliability(self.shown), f"Scores are off by {error:.3f} on average."]
        slope, middle = fitted(self.shown)
        lines.append(f"Fitted anew: SLOPE = {slope:.2f}, MIDDLE = {middle:.3f}.")
        return [*lines, "", *(self.failures or ["Everything that must hold does."])]

    def _failures_of_sets(self) -> Iterator[str]:
        for report in self.sets:
            if _ratio(report) < LEAST_RATIO:
                yield f"{report.name}: {_ratio(report):.3f} of the better, not {LEAST_RATIO}."

    def _failures_of_classes(self) -> Iterator[str]:
        for report in self.classes:
            ndcg = _ndcg(report) or report.silence
            if ndcg[ROLLCALL] < min(ndcg[BM25_ALONE], ndcg[VECTORS_ALONE]):
                yield f"{report.name}: worse than both."
            if report.unanswerable and report.silence[ROLLCALL] < LEAST_SILENCE:
                yield f"{report.name}: nonsense finds something."
            if report.name.endswith("exact name") and report.quality[ROLLCALL].hit_at_1 < 1:
                yield f"{report.name}: not always first."
        if self.typos_in_first_three < LEAST_TYPOS_IN_FIRST_THREE:
            yield f"typo: in the first three in {self.typos_in_first_three:.1%} only."


@dataclass(frozen=True)
class _Measured:
    """Some documents, ready to be searched, and the queries to search them by."""

    evaluation: Evaluation
    queries: Mapping[str, Queries]

    @classmethod
    def set_of(cls, path: Path, embedder: CachedEmbedder) -> Self:
        judged = read_relevance(path)
        return cls(Evaluation.of(judged, embedder), {judged.name: judged.queries})

    @classmethod
    def catalogue(cls, documents: Sequence[Record], embedder: CachedEmbedder) -> Self:
        classes = {
            name: parsed({"documents": documents, "queries": queries}, name=name)
            for name, queries in query_classes.query_classes(documents).items()
        }
        evaluation = Evaluation.of(next(iter(classes.values())), embedder)
        return cls(evaluation, {name: each.queries for name, each in classes.items()})

    def reports(self, queries: Mapping[str, Queries]) -> list[Report]:
        timed_with = embedding.get_embedder()
        return [
            self.evaluation.report(name, asked, timed_with=timed_with)
            for name, asked in queries.items()
        ]

    def results(self, *, only_nonsense: bool = False) -> JudgedResults:
        asked = [query for queries in self.queries.values() for query in queries]
        if only_nonsense:
            return JudgedResults.of(self.evaluation, [each for each in asked if not each.relevant])
        return JudgedResults.of(self.evaluation, asked[:FITTED_QUERIES])


def _within_three(evaluation: Evaluation, queries: Queries) -> float:
    answers = evaluation.found(queries)
    return fmean(
        hit([evaluation.index.id_of(each) for each in found], query.relevant, 3)
        for query, (found, _) in zip(queries, answers, strict=True)
    )


def _ndcg(report: Report) -> dict[str, float]:
    return {way: quality.ndcg_at_10 for way, quality in report.quality.items()}


def _ratio(report: Report) -> float:
    """Ours to the better of the other two."""
    ndcg = _ndcg(report)
    return ndcg[ROLLCALL] / max(ndcg[BM25_ALONE], ndcg[VECTORS_ALONE])


def _qualities(reports: Sequence[Report]) -> list[str]:
    ways = (BM25_ALONE, VECTORS_ALONE, ROLLCALL)
    rows = [["nDCG@10", "documents", "queries", *ways, "ratio", "hit@1", "encode ms", "rest ms"]]
    for report in reports:
        if report.queries:
            rows.append(
                [
                    report.name,
                    f"{report.documents:,}",
                    f"{report.queries:,}",
                    *_shares(_ndcg(report)),
                    f"{_ratio(report):.3f}",
                    f"{report.quality[ROLLCALL].hit_at_1:.3f}",
                    f"{report.encoding.p50}",
                    f"{report.ranking.p50}",
                ]
            )
    return table(rows)


def _silences(reports: Sequence[Report]) -> list[str]:
    rows = [["answered with nothing", "queries", BM25_ALONE, VECTORS_ALONE, ROLLCALL]]
    rows += [
        [report.name, f"{report.unanswerable:,}", *_shares(report.silence)]
        for report in reports
        if report.unanswerable
    ]
    return table(rows)


def _shares(by_way: Mapping[str, float]) -> list[str]:
    return [f"{by_way[way]:.3f}" for way in (BM25_ALONE, VECTORS_ALONE, ROLLCALL)]
