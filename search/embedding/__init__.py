"""The embedding model of this process; the only way in which the rest of search reaches one.

Callers write ``embedding.get_embedder()`` with the module's name in front, so that tests can
put a deterministic embedder in the place of a real one: ``ready_model``, ``get_embedder`` and
``ensure_model`` are all there is to replace.
"""

import logging
import os
import threading
from functools import lru_cache

from django.conf import settings

from search.embedding.base import Embedder, FloatArray, ModelNotReady, VectorSpace
from search.embedding.prepared import PreparedModel, load_prepared
from search.embedding.source import ModelSource, configured_source, fetch_configured

__all__ = [
    "Embedder",
    "FloatArray",
    "ModelNotReady",
    "VectorSpace",
    "ensure_model",
    "fetch_configured",
    "get_embedder",
    "query_vector",
    "ready_model",
]

logger = logging.getLogger(__name__)

# A query is too short to gain from more, and requests run side by side.
QUERY_THREADS = 1
_loading = threading.Lock()
_loaded: dict[tuple[str, int], Embedder] = {}


def ready_model() -> VectorSpace:
    """The configured model, prepared and undamaged, without loading it: cheap.

    Raises ``ModelNotReady``.
    """
    return _prepared(configured_source())


def get_embedder() -> Embedder:
    """The prepared model for queries. Raises ``ModelNotReady``."""
    source = configured_source()
    return _load(source, _prepared(source), threads=QUERY_THREADS)


def ensure_model() -> Embedder:
    """The model for bulk work on all cores, prepared (seconds, and torch) if it is not yet.

    Raises ``ModelNotReady`` when it cannot be, or while another process prepares it.
    """
    source = configured_source()
    try:
        prepared = _prepared(source)
    except ModelNotReady as reason:
        from search.embedding.export import export  # imports torch

        logger.info("Preparing %s: %s", source.name, reason)
        prepared = export(source, settings.MODEL_DIR / source.key)
    return _load(source, prepared, threads=os.cpu_count() or 1)


@lru_cache(maxsize=1024)
def query_vector(embedder: Embedder, query: str) -> FloatArray:
    """The vector of a query, remembered."""
    vector: FloatArray = embedder.encode([query])[0]
    vector.flags.writeable = False
    return vector


def _prepared(source: ModelSource) -> PreparedModel:
    return load_prepared(settings.MODEL_DIR / source.key)


def _load(source: ModelSource, prepared: PreparedModel, *, threads: int) -> Embedder:
    key = (source.key, threads)
    with _loading:
        if key not in _loaded:
            _loaded[key] = _open(source, prepared, threads=threads)
        return _loaded[key]


def _open(source: ModelSource, prepared: PreparedModel, *, threads: int) -> Embedder:
    if prepared.exported:
        from search.embedding.onnx_embedder import OnnxEmbedder

        return OnnxEmbedder(prepared, threads=threads)
    from search.embedding.sentence_transformer_embedder import (
        SentenceTransformerEmbedder,
        load_model,
    )

    model = load_model(source.folder, threads=threads)
    return SentenceTransformerEmbedder(model, model_key=source.key)
