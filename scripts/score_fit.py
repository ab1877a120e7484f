"""Of results with a score near p, how many are right? And which constants would make it p?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from registry_site.lib.text_tables import table
from search.calibration import probability
from search.evaluation import Evaluation
from search.evaluation.metrics import DEPTH
from search.evaluation.relevance import JudgedQuery

BINS = 10
NEWTON_STEPS = 25

Column = npt.NDArray[np.float64]


@dataclass(frozen=True)
class JudgedResults:
    """Results as they are shown: how relevant, whether right, and how much each counts."""

    relevance: Column
    right: Column
    weight: Column

    @classmethod
    def of(cls, evaluation: Evaluation, queries: Sequence[JudgedQuery]) -> Self:
        """The first of each of ``queries``, which together count as much as any other set's.

        What is called as the query says has the score 1 by definition and is left out.
        """
        rows = list(_rows(evaluation, queries))
        relevance, right = np.array(rows, dtype=np.float64).reshape(-1, 2).T
        return cls(relevance, right, np.full(len(rows), 1 / len(queries)))

    @classmethod
    def joined(cls, several: Iterable[Self]) -> Self:
        columns = zip(*((each.relevance, each.right, each.weight) for each in several), strict=True)
        return cls(*map(np.concatenate, columns))

    @property
    def scores(self) -> Column:
        return np.array([probability(each) for each in self.relevance])


def _rows(evaluation: Evaluation, queries: Sequence[JudgedQuery]) -> Iterator[tuple[float, bool]]:
    answers = evaluation.found(queries)
    for query, (found, _) in zip(queries, answers, strict=True):
        for each in found[:DEPTH]:
            if not each.called:
                yield each.relevance, evaluation.index.id_of(each) in query.relevant


def reliability(results: JudgedResults) -> list[str]:
    """A table: of the results in each tenth of the scale, the mean score and the share right."""
    bins = np.minimum((results.scores * BINS).astype(int), BINS - 1)
    rows = [["score", "results", "mean score", "right"]]
    for number in range(BINS):
        inside = bins == number
        if inside.any():
            weight = results.weight[inside]
            rows.append(
                [
                    f"{number / BINS:.1f} to {(number + 1) / BINS:.1f}",
                    f"{inside.sum():,}",
                    f"{np.average(results.scores[inside], weights=weight):.3f}",
                    f"{np.average(results.right[inside], weights=weight):.3f}",
                ]
            )
    return table(rows)


def calibration_error(results: JudgedResults) -> float:
    """How far scores and shares are apart, on average over all results."""
    bins = np.minimum((results.scores * BINS).astype(int), BINS - 1)
    gaps = (results.scores - results.right) * results.weight
    return float(np.abs(np.bincount(bins, weights=gaps)).sum() / results.weight.sum())


def fitted(results: JudgedResults) -> tuple[float, float]:
    """Slope and middle of the logistic function that fits best, by Newton's method."""
    design = np.stack([results.relevance, np.ones_like(results.relevance)], axis=1)
    line = np.zeros(2)
    for _ in range(NEWTON_STEPS):
        expected = 1 / (1 + np.exp(-design @ line))
        gradient = design.T @ (results.weight * (results.right - expected))
        curvature = results.weight * expected * (1 - expected)
        line += np.linalg.solve(design.T @ (curvature[:, None] * design), gradient)
    slope, intercept = line.tolist()
    return slope, -intercept / slope
