"""An exact index in plain numpy: what tests use, and the reference for the others."""

import io
from typing import Self

import numpy as np

from search.index.base import FloatArray, IdArray, check_build


class MemoryIndex:
    def __init__(self, ids: IdArray, vectors: FloatArray) -> None:
        self._ids = ids
        self._vectors = vectors

    @classmethod
    def build(cls, ids: IdArray, vectors: FloatArray) -> Self:
        check_build(ids, vectors)
        order = np.argsort(ids)
        return cls(ids[order], vectors[order])

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                return cls(arrays["ids"], arrays["vectors"])
        except (OSError, EOFError, KeyError, ValueError) as error:
            raise ValueError("This is no index.") from error

    def to_bytes(self) -> bytes:
        content = io.BytesIO()
        np.savez(content, ids=self._ids, vectors=self._vectors)
        return content.getvalue()

    @property
    def size(self) -> int:
        return len(self._ids)

    @property
    def dimension(self) -> int:
        return int(self._vectors.shape[1])

    @property
    def ids(self) -> IdArray:
        return self._ids

    def search(
        self, vector: FloatArray, k: int, allowed_ids: IdArray
    ) -> tuple[IdArray, FloatArray]:
        rows = np.flatnonzero(np.isin(self._ids, allowed_ids))
        scores = self._vectors[rows] @ vector
        best = np.argsort(-scores, kind="stable")[:k]
        return self._ids[rows[best]], scores[best]
