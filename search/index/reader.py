"""What this process searches: the published corpus and what is newer, followed by itself.

Loads whatever is published; the caller encodes queries with the model that the manifest names.
Never answers from an index that was refused.
"""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from django.conf import settings

from search.corpus import Corpus
from search.index.fresh import Entries, Fresh
from search.index.publication import IndexRefused, Manifest, load_current, pointer_signature
from search.models import IndexState, SearchEntry

# What was refused is looked at again after so many seconds: somebody may have put it right.
REFUSED_FOR = 5.0


@dataclass(frozen=True)
class Corpora:
    """All that can be found, at one moment."""

    manifest: Manifest
    published: Corpus
    # What is newer than the published corpus: the newest of it, if it is much.
    fresh: Corpus

    def forget(self, ids: Iterable[int]) -> None:
        """Leave out these entries from now on: the database does not have them any more.

        Ranking sees that in ``Corpus.alive``. Ids are never used again, so this is never undone.
        """
        gone = np.fromiter(ids, dtype=np.int64)
        for corpus in (self.published, self.fresh):
            corpus.forget(np.isin(corpus.ids, gone))


class _Seen(NamedTuple):
    """What tells that something changed."""

    pointer: tuple[int, int]
    stamp: str


@dataclass(frozen=True, kw_only=True)
class _Loaded:
    seen: _Seen
    corpora: Corpora
    newer: Fresh


@dataclass(frozen=True, kw_only=True)
class _Refused:
    seen: _Seen
    reason: str
    until: float


class CorpusReader:
    """Thread-safe. A query that has begun ends on what it began with."""

    def __init__(self, folder: Path, entries: Entries) -> None:
        self._folder = folder
        self._entries = entries
        self._loading = threading.Lock()
        self._state: _Loaded | _Refused | None = None

    def corpora(self) -> Corpora:
        """What can be found now. Raises ``IndexRefused``.

        While one thread takes in what is new, the others go on with what there was.
        """
        state = self._state
        if isinstance(state, _Loaded):
            if state.seen == self._seen() or not self._loading.acquire(blocking=False):
                return state.corpora
        else:
            self._loading.acquire()
        try:
            self._state = state = self._followed()
        finally:
            self._loading.release()
        if isinstance(state, _Refused):
            raise IndexRefused(state.reason)
        return state.corpora

    def _seen(self) -> _Seen:
        return _Seen(pointer_signature(self._folder), self._entries.stamp())

    def _followed(self) -> _Loaded | _Refused:
        """The state that fits what is there now. By one thread at a time."""
        state, seen = self._state, self._seen()
        if state is None or state.seen.pointer != seen.pointer:
            return self._load(seen)
        if isinstance(state, _Refused):
            return state if time.monotonic() < state.until else self._load(seen)
        if state.seen == seen:
            return state
        corpora = Corpora(state.corpora.manifest, state.corpora.published, state.newer.corpus())
        return _Loaded(seen=seen, corpora=corpora, newer=state.newer)

    def _load(self, seen: _Seen) -> _Loaded | _Refused:
        try:
            manifest, published = load_current(self._folder)
        except IndexRefused as refusal:
            until = time.monotonic() + REFUSED_FOR
            return _Refused(seen=seen, reason=str(refusal), until=until)
        newer = Fresh(manifest, published, self._entries)
        corpora = Corpora(manifest, published, newer.corpus())
        return _Loaded(seen=seen, corpora=corpora, newer=newer)


class EntriesInDatabase:
    """Where the reader of this process learns of what is newer."""

    def stamp(self) -> str:
        return IndexState.objects.entries_stamp()

    def newest(self, *, beyond: int, most: int) -> Sequence[int]:
        newer = SearchEntry.objects.beyond(beyond).order_by("-id")
        return list(newer.values_list("id", flat=True)[:most])

    def rows(self, ids: Iterable[int], model_key: str) -> Iterable[tuple[Any, ...]]:
        return SearchEntry.objects.filter(pk__in=list(ids)).rows(model_key)


def corpora() -> Corpora:
    """What this process can search now. Raises ``IndexRefused``."""
    return _reader(settings.INDEX_DIR).corpora()


@lru_cache(maxsize=8)
def _reader(folder: Path) -> CorpusReader:
    """This process's reader of the indexes in ``folder``."""
    return CorpusReader(folder, EntriesInDatabase())
