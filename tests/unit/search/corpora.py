"""Small corpora for the tests of what works on them, written down as what each entry is."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from search.corpus import Corpus
from search.index.base import FloatArray
from search.index.memory_index import MemoryIndex
from search.lexical import LexicalIndex
from search.lexical.understanding import WordQuery
from search.ranking import Part, Scope


class Entry(NamedTuple):
    """An entry of a corpus; its vector points in ``direction`` (degrees, in two dimensions)."""

    id: int
    name: str
    server: int
    tool: int = 0
    direction: float = 90.0
    words: str = ""


def pointing(degrees: float) -> FloatArray:
    """A vector of length 1; the cosine with ``pointing(0)`` is that of the angle."""
    angle = np.radians(degrees)
    return np.array([np.cos(angle), np.sin(angle)], dtype=np.float32)


def corpus(*entries: Entry) -> Corpus:
    vectors = [pointing(entry.direction) for entry in entries]
    return Corpus(
        ids=np.array([entry.id for entry in entries], dtype=np.int64),
        servers=np.array([entry.server for entry in entries], dtype=np.int64),
        tools=np.array([entry.tool for entry in entries], dtype=np.int64),
        names=[entry.name for entry in entries],
        vectors=MemoryIndex.build(np.stack(vectors) if vectors else np.empty((0, 2), np.float32)),
        words=LexicalIndex.build([entry.words for entry in entries]),
    )


def everything_of(*corpora: Corpus, but: Sequence[int] = ()) -> list[Scope]:
    """All rows may be found, except those of the entries ``but``."""
    return [Scope(corpus=each, mask=~np.isin(each.ids, but)) for each in corpora]


def asking(
    direction: float | None = 0.0, *, weight: float = 1.0, known: float = 1.0, **words: float
) -> Part:
    """A query by its direction and the weights of its words."""
    return Part(
        words=WordQuery(weights=words, known=known, corrections={}),
        vector=None if direction is None else pointing(direction),
        weight=weight,
    )
