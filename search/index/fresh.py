"""What is newer than the published corpus, kept by a process beside it and searched together.

Grows and shrinks with the database; what was read once is not read again.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from search.corpus import Corpus
from search.index.assembly import Row, columns_of
from search.index.base import IdArray
from search.index.memory_index import MemoryIndex
from search.index.publication import Manifest

# How many entries beyond the published ones are looked at: the newest. A backlog larger than
# this is searched once it is published, which happens every few seconds while it is worked off.
MOST_FRESH = 2_000


class Entries(Protocol):
    """The entries in the database."""

    def stamp(self) -> str:
        """Another one after every write of entries."""

    def newest(self, *, beyond: int, most: int) -> Sequence[int]:
        """The ids of the ``most`` newest entries whose ids are higher than ``beyond``."""

    def rows(self, ids: Iterable[int], model_key: str) -> Iterable[tuple[Any, ...]]:
        """Those of these entries that are still there, each the values of a ``Row``."""


class Fresh:
    """The entries beyond one published corpus. Used by one thread at a time."""

    def __init__(self, manifest: Manifest, published: Corpus, entries: Entries) -> None:
        self._manifest = manifest
        self._published = published
        self._entries = entries
        self._known: dict[int, Row] = {}

    def corpus(self) -> Corpus:
        """Those that are there now; what they replace among the published is forgotten."""
        ids = sorted(self._entries.newest(beyond=self._manifest.high_water_mark, most=MOST_FRESH))
        read = self._read(ids)
        self._known = {pk: row for pk in ids if (row := read.get(pk) or self._known.get(pk))}
        columns = columns_of(self._known.values(), dimension=self._manifest.dimension)
        average_length = self._published.words.average_length
        corpus = columns.corpus(MemoryIndex, average_length=average_length)
        self._forget_replaced(read.values())  # last, when what stands for it is there
        return corpus

    def _read(self, ids: Iterable[int]) -> Mapping[int, Row]:
        """The rows that are not known, or not with a vector: they may have got one meanwhile."""
        unknown = [pk for pk in ids if pk not in self._known or self._known[pk].vector is None]
        if not unknown:
            return {}
        rows = map(Row._make, self._entries.rows(unknown, self._manifest.model_key))
        return {row.entry: row for row in rows}

    def _forget_replaced(self, rows: Iterable[Row]) -> None:
        """A server and a tool have one entry each: a newer one stands for a changed text."""
        tools = _ids(row.tool for row in rows if row.tool)
        servers = _ids(row.server for row in rows if not row.tool)
        published = self._published
        own = (published.tools == 0) & np.isin(published.servers, servers)
        published.forget(own | np.isin(published.tools, tools))


def _ids(values: Iterable[int]) -> IdArray:
    return np.fromiter(values, dtype=np.int64)
