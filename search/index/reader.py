"""Searches the published index together with what is newer than it; one reader a process.

Follows the publications by itself and asks the database for vectors only through the function
it is given. Never answers from an index that was refused.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from search.index.base import FloatArray, IdArray, VectorIndex
from search.index.publication import IndexRefused, Manifest, load_current, pointer_signature

# How many entries beyond the index are looked at: the newest. A backlog larger than this is
# searched once it is published, which happens every few seconds while it is worked off.
MOST_FRESH = 2_000

# The vectors of these ids under a model; ids without a vector are left out.
FetchVectors = Callable[[IdArray, str], Mapping[int, FloatArray]]


@dataclass(frozen=True)
class _Loaded:
    """One version in memory. ``fresh`` grows; everything else stays as it is."""

    manifest: Manifest
    index: VectorIndex
    fresh: dict[int, FloatArray] = field(default_factory=dict)


class IndexReader:
    """Thread-safe. A query that has begun ends on the version it began with."""

    def __init__(self, folder: Path, fetch_vectors: FetchVectors) -> None:
        self._folder = folder
        self._fetch_vectors = fetch_vectors
        self._lock = threading.Lock()
        self._state: tuple[object, _Loaded | IndexRefused] | None = None

    def search(
        self, vector: FloatArray, k: int, allowed_ids: IdArray, *, model_key: str
    ) -> tuple[IdArray, FloatArray]:
        """The ``k`` best of ``allowed_ids`` (ascending) and their cosines, the best first.

        Raises ``IndexRefused``.
        """
        loaded = self._current(model_key, dimension=len(vector))
        ids, scores = loaded.index.search(vector, k, allowed_ids)
        fresh = self._fresh_vectors(loaded, allowed_ids)
        if not fresh:
            return ids, scores
        ids = np.concatenate([ids, np.fromiter(fresh, dtype=np.int64)])
        scores = np.concatenate([scores, np.stack(list(fresh.values())) @ vector])
        best = np.argsort(-scores, kind="stable")[:k]
        return ids[best], scores[best]

    def _current(self, model_key: str, *, dimension: int) -> _Loaded:
        """The current version, loaded when the pointer moved; a refusal is remembered too."""
        state = (pointer_signature(self._folder), model_key, dimension)
        with self._lock:
            if self._state is None or self._state[0] != state:
                self._state = (state, self._load(model_key, dimension))
            outcome = self._state[1]
        if isinstance(outcome, IndexRefused):
            raise IndexRefused(str(outcome))
        return outcome

    def _load(self, model_key: str, dimension: int) -> _Loaded | IndexRefused:
        try:
            return _Loaded(*load_current(self._folder, model_key=model_key, dimension=dimension))
        except IndexRefused as refusal:
            return refusal

    def _fresh_vectors(self, loaded: _Loaded, allowed_ids: IdArray) -> dict[int, FloatArray]:
        """The vectors of the allowed entries that the index does not hold."""
        beyond = allowed_ids[~np.isin(allowed_ids, loaded.index.ids, assume_unique=True)]
        beyond = beyond[-MOST_FRESH:]
        unknown = np.array([each for each in beyond.tolist() if each not in loaded.fresh], np.int64)
        if len(unknown):
            loaded.fresh.update(self._fetch_vectors(unknown, loaded.manifest.model_key))
        return {
            each: vector
            for each in beyond.tolist()
            if (vector := loaded.fresh.get(each)) is not None
        }
