"""Encodes together what is asked for at the same time, and at once what is asked for alone.

There is no timer and no thread of its own: whoever finds a free lane encodes, and what gathers
meanwhile is the next batch, encoded by the one who waits longest for it.
"""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from search.embedding.base import Embedder, FloatArray, ModelNotReady

# Beyond that a batch gains no speed, and whoever is in it waits for more of the others.
MOST_TEXTS = 32
# Seconds after which a caller goes without; only a model that hangs takes as long.
PATIENCE = 30.0


@dataclass(eq=False)
class _Job:
    """What one caller wants encoded, and what came of it."""

    texts: Sequence[str]
    woken: threading.Event = field(default_factory=threading.Event)
    # What its caller has to encode, itself included; until then, or if somebody else does, nothing.
    batch: "list[_Job]" = field(default_factory=list)
    outcome: FloatArray | Exception | None = None

    def result(self) -> FloatArray:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        if self.outcome is None:
            raise ModelNotReady("The encoding of this text was interrupted.")
        return self.outcome


class MicroBatcher:
    """An embedder for many threads, whose texts ``lanes`` of them encode together at a time."""

    def __init__(self, embedder: Embedder, *, lanes: int, patience: float = PATIENCE) -> None:
        self.model_key = embedder.model_key
        self.dimension = embedder.dimension
        self._embedder = embedder
        self._patience = patience
        self._lock = threading.Lock()
        self._free_lanes = lanes
        self._waiting: deque[_Job] = deque()

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """One row a text. Raises what the embedder raises for the batch that these texts are in."""
        job = _Job(texts)
        with self._lock:
            self._waiting.append(job)
            if self._free_lanes:
                self._free_lanes -= 1
                self._appoint()
        self._wait(job)
        if job.batch:
            self._lead(job.batch)
        return job.result()

    def _appoint(self) -> None:
        """Let the first of those who wait encode for itself and those behind it."""
        batch = [self._waiting.popleft()]
        room = MOST_TEXTS - len(batch[0].texts)
        while self._waiting and len(self._waiting[0].texts) <= room:
            batch.append(self._waiting.popleft())
            room -= len(batch[-1].texts)
        batch[0].batch = batch
        batch[0].woken.set()

    def _wait(self, job: _Job) -> None:
        """Until there is an outcome, or a batch to encode. Raises ``ModelNotReady``."""
        if job.woken.wait(self._patience):
            return
        with self._lock:
            if job.woken.is_set():
                return
            if job in self._waiting:
                self._waiting.remove(job)
        raise ModelNotReady(f"The model did not answer within {self._patience:g} seconds.")

    def _lead(self, batch: list[_Job]) -> None:
        """Encode for everybody in ``batch``, whatever happens; then the lane is the next one's."""
        try:
            self._fulfil(batch)
        finally:
            for job in batch:
                job.woken.set()
            with self._lock:
                if self._waiting:
                    self._appoint()
                else:
                    self._free_lanes += 1

    def _fulfil(self, batch: list[_Job]) -> None:
        try:
            vectors = self._embedder.encode([text for job in batch for text in job.texts])
        except Exception as error:  # noqa: BLE001 - it is everybody's in the batch, and raised there
            for job in batch:
                job.outcome = error
            return
        row = 0
        for job in batch:
            job.outcome = vectors[row : row + len(job.texts)]
            row += len(job.texts)
