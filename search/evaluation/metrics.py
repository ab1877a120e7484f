"""How good rankings are: the usual measures of information retrieval, for judgements of yes or no.

A ranking is the ids of what was found, the best first.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import astuple, dataclass, fields
from math import log2
from statistics import fmean
from typing import Self

DEPTH = 10


def hit(ranking: Sequence[str], relevant: AbstractSet[str], depth: int) -> float:
    """1 when one of the first ``depth`` is relevant."""
    return float(any(each in relevant for each in ranking[:depth]))


def recall(ranking: Sequence[str], relevant: AbstractSet[str], depth: int) -> float:
    """The part of what is relevant that is among the first ``depth``."""
    return len(relevant & set(ranking[:depth])) / len(relevant)


def reciprocal_rank(ranking: Sequence[str], relevant: AbstractSet[str], depth: int) -> float:
    """1 over the rank of the first that is relevant; 0 when none of ``depth`` is."""
    ranks = (rank for rank, each in enumerate(ranking[:depth], 1) if each in relevant)
    return 1 / next(ranks, float("inf"))


def ndcg(ranking: Sequence[str], relevant: AbstractSet[str], depth: int) -> float:
    """The discounted gain as a part of that of the best ranking there could be."""
    gained = (discount(i) for i, each in enumerate(ranking[:depth]) if each in relevant)
    ideal = (discount(i) for i in range(min(depth, len(relevant))))
    return sum(gained) / sum(ideal)


def discount(place: int) -> float:
    """What a relevant document is worth at ``place``, counted from 0."""
    return 1 / log2(place + 2)


@dataclass(frozen=True, kw_only=True)
class Quality:
    """The means over some queries, each of which has something relevant."""

    hit_at_1: float
    recall_at_5: float
    recall_at_10: float
    mrr_at_10: float
    ndcg_at_10: float

    @classmethod
    def of(cls, rankings: Sequence[Sequence[str]], relevant: Sequence[AbstractSet[str]]) -> Self:
        judged = list(zip(rankings, relevant, strict=True))
        return cls(
            hit_at_1=fmean(hit(*each, 1) for each in judged),
            recall_at_5=fmean(recall(*each, 5) for each in judged),
            recall_at_10=fmean(recall(*each, DEPTH) for each in judged),
            mrr_at_10=fmean(reciprocal_rank(*each, DEPTH) for each in judged),
            ndcg_at_10=fmean(ndcg(*each, DEPTH) for each in judged),
        )

    @classmethod
    def names(cls) -> list[str]:
        """The measures in their usual spelling."""
        return [field.name.replace("_at_", "@") for field in fields(cls)]

    def named(self) -> dict[str, float]:
        """The values by the names of their measures."""
        return dict(zip(self.names(), astuple(self), strict=True))
