"""Sets of ids in which whole columns of ids are looked up at once. They know of nothing else."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from search.index.base import BoolArray, IdArray


@dataclass(frozen=True, eq=False)
class IdSet:
    """Some ids of rows of the database."""

    # Which ids are in it, up to the highest, and one place more, where all higher ones are read.
    _has: BoolArray

    @classmethod
    def of(cls, ids: IdArray) -> Self:
        has = np.zeros(ids.max(initial=0) + 2, dtype=np.bool_)
        has[ids] = True
        return cls(has)

    def has(self, ids: IdArray) -> BoolArray:
        """Which of ``ids``, none of which is negative, are in it: shape (len(ids),)."""
        found: BoolArray = self._has.take(ids, mode="clip")
        return found

    def ids(self) -> IdArray:
        """All of them, ascending."""
        return np.flatnonzero(self._has)

    def __and__(self, other: "IdSet") -> "IdSet":
        """Those that are in both."""
        return IdSet(self._has[: len(other._has)] & other._has[: len(self._has)])
