"""What every vector index is to the rest of search."""

from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

IdArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]


class VectorIndex(Protocol):
    """Vectors of length 1, each known by its row, found by their inner product with a query."""

    @classmethod
    def build(cls, vectors: FloatArray) -> Self:
        """An index of these vectors: shape (rows, dimension)."""

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """The index that ``to_bytes`` wrote. Raises ``ValueError`` for anything else."""

    def to_bytes(self) -> bytes:
        """The index as a file's content."""

    @property
    def size(self) -> int:
        """How many vectors it holds."""

    @property
    def dimension(self) -> int:
        """How long they are."""

    def nearest(self, vector: FloatArray, k: int, allowed: BoolArray) -> IdArray:
        """The at most ``k`` rows nearest to ``vector`` among the allowed ones, the nearest first.

        ``allowed`` has shape (size,). What is not allowed is left out before the best are taken,
        not afterwards. An index may overlook a few: at least 99 of 100 are the right ones.
        """

    def scores(self, vector: FloatArray, rows: IdArray) -> FloatArray:
        """The exact inner product of ``vector`` with each of ``rows``."""


def best(k: int, rows: IdArray, scores: FloatArray) -> IdArray:
    """The at most ``k`` of ``rows`` with the highest scores, the highest first."""
    if k <= 0:
        return rows[:0]
    if len(rows) > k:
        top = np.argpartition(-scores, k - 1)[:k]
        rows, scores = rows[top], scores[top]
    return rows[np.lexsort((rows, -scores))]
