"""An exact index in plain numpy: for what is newer than the published one, for tests, and the
reference for the others.
"""

import io
from typing import Self

import numpy as np

from search.index.base import BoolArray, FloatArray, IdArray, best


class MemoryIndex:
    """The vectors, and nothing beside them."""

    def __init__(self, vectors: FloatArray) -> None:
        if vectors.ndim != 2:
            raise ValueError(f"Vectors of shape {vectors.shape} are no rows.")
        self._vectors = vectors

    @classmethod
    def build(cls, vectors: FloatArray) -> Self:
        return cls(vectors)

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        try:
            return cls(np.load(io.BytesIO(content), allow_pickle=False))
        except (OSError, EOFError, AttributeError, ValueError) as error:
            raise ValueError("This is no index.") from error

    def to_bytes(self) -> bytes:
        content = io.BytesIO()
        np.save(content, self._vectors)
        return content.getvalue()

    @property
    def size(self) -> int:
        return len(self._vectors)

    @property
    def dimension(self) -> int:
        return int(self._vectors.shape[1])

    def nearest(self, vector: FloatArray, k: int, allowed: BoolArray) -> IdArray:
        rows = np.flatnonzero(allowed)
        return best(k, rows, self.scores(vector, rows))

    def scores(self, vector: FloatArray, rows: IdArray) -> FloatArray:
        scores: FloatArray = self._vectors[rows] @ vector
        return scores
