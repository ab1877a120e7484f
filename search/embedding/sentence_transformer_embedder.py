"""Encodes with sentence-transformers: the reference, and the way for models that do not export."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from transformers.utils import logging as transformers_logging

from search.embedding.base import FloatArray

BATCH = 32


def load_model(folder: Path, *, threads: int) -> SentenceTransformer:
    """The model in ``folder`` on the processor, without a look at the network."""
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call] # not typed there
    # Torch would obey OMP_NUM_THREADS=1, which is set for another library's sake.
    torch.set_num_threads(threads)
    return SentenceTransformer(str(folder), device="cpu", local_files_only=True)


class SentenceTransformerEmbedder:
    """A loaded sentence-transformers model."""

    def __init__(self, model: SentenceTransformer, *, model_key: str) -> None:
        self._model = model
        self.model_key = model_key
        self.dimension = dimension_of(model)

    def encode(self, texts: Sequence[str]) -> FloatArray:
        vectors = self._model.encode(
            list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


def dimension_of(model: SentenceTransformer) -> int:
    """The length of the model's vectors. Raises ``ValueError`` for a model without one."""
    dimension = model.get_embedding_dimension()
    if dimension is None:
        raise ValueError("The model does not say how long its vectors are.")
    return dimension
