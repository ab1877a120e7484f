"""Makes a corpus of rows of the database, many at once: nothing here is done row by row.

Knows how a row looks (``SearchEntryQuerySet.rows``), but reads none itself.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from search.corpus import Corpus
from search.index.base import BoolArray, FloatArray, IdArray, VectorIndex
from search.lexical.index import LexicalIndex

ROWS_AT_ONCE = 5_000
FLOAT = np.dtype("<f4")


class Row(NamedTuple):
    """An entry as it is read: without a tool it is the server itself."""

    entry: int
    server: int
    tool: int | None
    name: str
    words: str
    # As bytes; ``None`` where there is none under the model.
    vector: bytes | None


class Columns(NamedTuple):
    """Many rows, column by column."""

    ids: IdArray
    servers: IdArray
    tools: IdArray
    names: list[str]
    words: list[str]
    # Zeros where a row has none: such an entry is as far from every query, and found by its words.
    vectors: FloatArray

    @property
    def without_vector(self) -> BoolArray:
        without: BoolArray = np.logical_not(self.vectors.any(axis=1))
        return without

    def corpus(
        self, vector_index: type[VectorIndex], *, average_length: float | None = None
    ) -> Corpus:
        """``average_length``: of the words of the corpus beside which this one is searched.

        Vectors and words are indexed side by side: the one leaves Python to the other.
        """
        with ThreadPoolExecutor(max_workers=1) as beside:
            vectors = beside.submit(vector_index.build, self.vectors)
            words = LexicalIndex.build(self.words, average_length=average_length)
        return Corpus(
            ids=self.ids,
            servers=self.servers,
            tools=self.tools,
            names=self.names,
            vectors=vectors.result(),
            words=words,
        )


def columns_of(
    rows: Iterable[tuple[Any, ...]], *, dimension: int, after_each: Callable[[], object] = int
) -> Columns:
    """The rows, each the values of a ``Row``, in their order.

    ``after_each`` is called whenever some thousands were read.
    """
    integers: list[IdArray] = []
    names: list[str] = []
    words: list[str] = []
    vectors = bytearray()
    for chunk in _chunks(rows):
        some_ids, of_servers, of_tools, some_names, some_words, some_vectors = zip(
            *chunk, strict=True
        )
        integers.append(
            np.array([some_ids, of_servers, [tool or 0 for tool in of_tools]], np.int64)
        )
        names += some_names
        words += some_words
        vectors += _joined(some_vectors, dimension)
        after_each()
    ids, servers, tools = np.concatenate([np.empty((3, 0), dtype=np.int64), *integers], axis=1)
    matrix = np.frombuffer(vectors, dtype=FLOAT).reshape(len(names), dimension)
    return Columns(ids, servers, tools, names, words, matrix)


def _chunks(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    rest = iter(rows)
    while chunk := list(islice(rest, ROWS_AT_ONCE)):
        yield chunk


def _joined(vectors: Sequence[bytes | None], dimension: int) -> bytes:
    """The vectors one after the other; one of another length would shift all that follow."""
    length = dimension * FLOAT.itemsize
    nothing = bytes(length)
    return b"".join(
        nothing if vector is None or len(vector) != length else vector for vector in vectors
    )
