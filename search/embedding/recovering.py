"""A model that fails is not asked again for a while, and then opened anew: no restart is needed."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np

from search.embedding.base import Embedder, FloatArray, ModelNotReady, VectorSpace

logger = logging.getLogger(__name__)

# Seconds between two lines in the log about a model that keeps failing.
LOG_EVERY = 60.0

Open = Callable[[], Embedder]


class RecoveringEmbedder:
    """Opens an embedder when it is first needed; drops it when it fails, for ``rest`` seconds.

    Until they are over every text is refused at once: nobody waits for what is broken.
    """

    def __init__(self, space: VectorSpace, open_: Open, *, rest: float) -> None:
        self.model_key = space.model_key
        self.dimension = space.dimension
        self._open = open_
        self._rest = rest
        self._lock = threading.Lock()
        self._embedder: Embedder | None = None
        self._refusal = ""
        self._rests_until = 0.0
        self._logged_at = -LOG_EVERY

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """One row a text. Raises ``ModelNotReady``, and nothing else."""
        try:
            vectors = self._opened().encode(texts)
            self._check(vectors, len(texts))
        except _Resting:
            raise
        except Exception as error:
            self._drop(error)
            raise ModelNotReady(self._refusal) from error
        return vectors

    def _opened(self) -> Embedder:
        with self._lock:
            if time.monotonic() < self._rests_until:
                raise _Resting(self._refusal)
            if self._embedder is None:
                self._embedder = self._open()
            return self._embedder

    def _check(self, vectors: FloatArray, count: int) -> None:
        if vectors.shape != (count, self.dimension) or not np.isfinite(vectors).all():
            raise ValueError(f"{self.model_key} gave no vectors of {self.dimension} numbers.")

    def _drop(self, error: Exception) -> None:
        with self._lock:
            now = time.monotonic()
            self._embedder = None
            self._rests_until = now + self._rest
            self._refusal = (
                str(error)
                if isinstance(error, ModelNotReady)
                else "The embedding model failed; it is tried again in a few seconds."
            )
            if now - self._logged_at >= LOG_EVERY:
                self._logged_at = now
                logger.warning(
                    "%s is not asked for %g s", self.model_key, self._rest, exc_info=error
                )


class _Resting(ModelNotReady):
    """It failed a moment ago."""
