"""What every vector index is to the rest of search."""

from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

IdArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]


class VectorIndex(Protocol):
    """Vectors of length 1 under integer ids, found by their inner product with a query."""

    @classmethod
    def build(cls, ids: IdArray, vectors: FloatArray) -> Self:
        """An index of one vector (row) an id. Raises ``ValueError`` when an id repeats."""

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

    @property
    def ids(self) -> IdArray:
        """Their ids, ascending."""

    def search(
        self, vector: FloatArray, k: int, allowed_ids: IdArray
    ) -> tuple[IdArray, FloatArray]:
        """The at most ``k`` best of the allowed ids and their scores, the best first.

        What is not allowed is left out before the best are taken, not afterwards. Allowed ids
        that the index does not hold are nobody's mistake.
        """


def check_build(ids: IdArray, vectors: FloatArray) -> None:
    """Raises ``ValueError`` unless there is one row an id and no id repeats."""
    if vectors.ndim != 2 or len(ids) != len(vectors):
        raise ValueError(f"{len(ids)} ids do not match vectors of shape {vectors.shape}.")
    if len(np.unique(ids)) != len(ids):
        raise ValueError("An id stands twice in the index.")
