"""An embedder that remembers its vectors from run to run, in a file in the temporary folder."""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from search.embedding import Embedder, FloatArray


class CachedEmbedder:
    """Encodes each text once a model. ``save`` keeps what is new."""

    def __init__(self, embedder: Embedder) -> None:
        self.model_key = embedder.model_key
        self.dimension = embedder.dimension
        self._embedder = embedder
        name = f"rollcall-vectors-{os.getuid()}-{_digest(self.model_key)[:16]}.npz"
        self._path = Path(tempfile.gettempdir()) / name
        self._known = self._read()

    def encode(self, texts: Sequence[str]) -> FloatArray:
        keys = [_digest(text) for text in texts]
        missing = {
            key: text for key, text in zip(keys, texts, strict=True) if key not in self._known
        }
        if missing:
            encoded = self._embedder.encode(list(missing.values()))
            self._known.update(zip(missing, encoded, strict=True))
        rows = [self._known[key] for key in keys]
        return np.stack(rows) if rows else np.empty((0, self.dimension), dtype=np.float32)

    def save(self) -> None:
        new = self._path.with_suffix(f".{os.getpid()}.npz")
        np.savez(new, keys=np.array(list(self._known)), vectors=np.stack([*self._known.values()]))
        new.replace(self._path)

    def _read(self) -> dict[str, FloatArray]:
        if not self._path.exists():
            return {}
        with np.load(self._path, allow_pickle=False) as kept:
            return dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
