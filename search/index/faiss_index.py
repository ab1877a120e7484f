"""The index of large catalogues: FAISS proposes rows, their exact scores decide.

Every vector is kept as it is, once. Up to ``EXACT_UP_TO`` rows are scored exactly, which takes
less than a millisecond; above that each vector also has a short code (product quantization, two
components in four bits), and all codes are compared in a fraction of the time of all vectors.
What the codes say only selects the rows that are looked at: order and scores are always exact.
A graph (HNSW) would answer in the same time and take thirty times as long to build, and it finds
hardly anything where few rows are allowed.
"""

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import faiss
import numpy as np

from search.index.base import BoolArray, FloatArray, IdArray, best

# So many rows are scored rather than selected by their codes.
EXACT_UP_TO = 5_000
# The codes are learned from so many vectors; more make them no better.
TRAINING_VECTORS = 2_000
# Of the rows that the codes find nearest, this many for each result (and at least this many) have
# to be allowed ones: the right ones are then among them, 99 of 100 in the worst case measured.
ENOUGH_FOR_ONE = 3
FEWEST = 200

MAGIC = b"rollcall"
# Then the number of rows and the dimension, the vectors, and what FAISS writes of the codes.
HEADER = struct.Struct("<8sQQ")


class FaissIndex:
    """Vectors, with codes beside them where they are many."""

    def __init__(self, vectors: FloatArray, codes: faiss.IndexPQFastScan | None) -> None:
        self._vectors = vectors
        self._codes = codes

    @classmethod
    def build(cls, vectors: FloatArray) -> Self:
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        return cls(vectors, _codes_of(vectors))

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        try:
            magic, rows, dimension = HEADER.unpack_from(content)
            # In place: what was read from the disk is what is searched.
            vectors = np.frombuffer(content, "<f4", rows * dimension, HEADER.size)
        except (struct.error, ValueError) as error:
            raise ValueError("This is no index.") from error
        if magic != MAGIC:
            raise ValueError("This is no index.")
        vectors = vectors.reshape(rows, dimension)
        return cls(vectors, _codes_from(content, HEADER.size + vectors.nbytes, vectors.shape))

    def to_bytes(self) -> bytes:
        header = HEADER.pack(MAGIC, self.size, self.dimension)
        codes = b"" if self._codes is None else faiss.serialize_index(self._codes).data
        return b"".join([header, self._vectors.data, codes])

    @property
    def size(self) -> int:
        return len(self._vectors)

    @property
    def dimension(self) -> int:
        return int(self._vectors.shape[1])

    def nearest(self, vector: FloatArray, k: int, allowed: BoolArray) -> IdArray:
        rows = self._proposed(vector, k, allowed)
        return best(k, rows, self.scores(vector, rows))

    def scores(self, vector: FloatArray, rows: IdArray) -> FloatArray:
        # FAISS reads the rows in place, in half the time that numpy takes to copy them. It does
        # not look where they lie.
        if len(rows) and not 0 <= rows.min() <= rows.max() < self.size:
            raise IndexError("A row is not in the index.")
        scores = np.empty(len(rows), dtype=np.float32)
        rows = np.ascontiguousarray(rows, dtype=np.int64)
        vector = np.ascontiguousarray(vector, dtype=np.float32)
        pointers = [faiss.swig_ptr(each) for each in (scores, vector, self._vectors, rows)]
        with _threads(1):
            # The stubs do not know it.
            faiss.fvec_inner_products_by_idx(  # type: ignore[attr-defined]
                *pointers, self.dimension, 1, len(rows)
            )
        return scores

    def _proposed(self, vector: FloatArray, k: int, allowed: BoolArray) -> IdArray:
        """Allowed rows among which the ``k`` nearest are, ascending."""
        count = int(np.count_nonzero(allowed))
        if self._codes is None or count <= EXACT_UP_TO:
            return np.flatnonzero(allowed)
        enough = max(FEWEST, k * ENOUGH_FOR_ONE)
        looked_at = 2 * enough * self.size // count
        # Where what is near is rarely allowed, more has to be looked at. When that comes near the
        # number of allowed rows, it is as quick to score those.
        while looked_at < count / 2:
            rows = _nearest_codes(self._codes, vector, looked_at)
            rows = rows[allowed[rows]]
            if len(rows) >= enough:
                return np.sort(rows)
            looked_at *= 8
        return np.flatnonzero(allowed)


def _nearest_codes(codes: faiss.IndexPQFastScan, vector: FloatArray, k: int) -> IdArray:
    """The at most ``k`` rows that their codes say are nearest."""
    with _threads(1):
        _, rows = codes.search(vector.reshape(1, -1), k)
    found: IdArray = rows[0]
    return found[found >= 0]  # FAISS fills up with -1


def _codes_of(vectors: FloatArray) -> faiss.IndexPQFastScan | None:
    """Codes of two components each, where there are rows to learn them from and a need for them."""
    rows, dimension = vectors.shape
    if rows <= EXACT_UP_TO or dimension % 2:
        return None
    codes = faiss.IndexPQFastScan(dimension, dimension // 2, 4, faiss.METRIC_INNER_PRODUCT)
    # Training is thousands of tiny steps: on several threads they wait for each other, half a
    # minute on a busy machine.
    with _threads(1):
        codes.train(vectors[:: rows // TRAINING_VECTORS].copy())
    with _threads(os.cpu_count() or 1):
        codes.add(vectors)
    return codes


def _codes_from(content: bytes, start: int, shape: tuple[int, int]) -> faiss.IndexPQFastScan | None:
    """The codes that stand at the end of ``content``, if any."""
    if start == len(content):
        return None
    try:
        codes = faiss.deserialize_index(np.frombuffer(content, np.uint8, offset=start))
    except RuntimeError as error:
        raise ValueError("This is no index.") from error
    if not isinstance(codes, faiss.IndexPQFastScan) or (codes.ntotal, codes.d) != shape:
        raise ValueError(f"This {type(codes).__name__} does not belong to the vectors.")
    return codes


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Let FAISS use so many threads; it remembers that for each thread that calls it."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(count)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
