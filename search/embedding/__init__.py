"""The embedding models of this process; the only way in which the rest of search reaches one.

Callers write ``embedding.get_embedder()`` with the module's name in front, so that tests can
put a deterministic embedder in the place of a real one: ``ready_model``, ``get_embedder``,
``embedder_of`` and ``ensure_model`` are all there is to replace.

A process that answers queries opens a model when the first of them needs it, and again after it
failed; it never prepares one.
"""

import logging
import os
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from search.embedding.base import Embedder, FloatArray, ModelNotReady, VectorSpace
from search.embedding.endpoint import Endpoint, EndpointSpace
from search.embedding.entry_vectors import entry_vectors
from search.embedding.micro_batches import MicroBatcher
from search.embedding.prepared import PreparedModel, load_prepared
from search.embedding.query_vectors import QueryVectors
from search.embedding.recovering import RecoveringEmbedder
from search.embedding.source import ModelSource, configured_source, fetch_model

__all__ = [
    "Embedder",
    "FloatArray",
    "ModelNotReady",
    "VectorSpace",
    "embedder_of",
    "ensure_model",
    "entry_vectors",
    "fetch_configured",
    "forget_bulk_model",
    "get_embedder",
    "query_vector",
    "query_vectors",
    "ready_model",
]

logger = logging.getLogger(__name__)

# A query is too short to gain much from more; other queries take the other cores.
QUERY_THREADS = 1
# Requests to an endpoint at a time: they only wait.
ENDPOINT_LANES = 8
# Seconds for which a model that failed is left alone.
REST = 10.0
ENDPOINT_REST = 5.0
# The configured model, and the one of an index that is about to be replaced.
MOST_MODELS = 2

_opening = threading.Lock()
_known_queries = QueryVectors()


def ready_model() -> VectorSpace:
    """The configured model, prepared and undamaged, without loading it: cheap.

    Raises ``ModelNotReady``.
    """
    if settings.EMBEDDING_URL:
        return Endpoint.configured().space()
    return load_prepared(_folder(configured_source()))


def get_embedder() -> Embedder:
    """The configured model, for queries. Raises ``ModelNotReady``."""
    return embedder_of(ready_model().model_key)


def embedder_of(model_key: str) -> Embedder:
    """The model that an index was made with, for queries: the configured one or an earlier one.

    Raises ``ModelNotReady``; so does its ``encode``, and nothing else.
    """
    with _opening:
        return _query_embedder(model_key, settings.MODEL_DIR, settings.EMBEDDING_URL)


def ensure_model() -> Embedder:
    """The configured model for bulk work on all cores, prepared (seconds, and torch) if it is not.

    Raises ``ModelNotReady`` when it cannot be, or while another process prepares it.
    """
    if settings.EMBEDDING_URL:
        return _ensured_endpoint()
    source = configured_source()
    try:
        prepared = load_prepared(_folder(source))
    except ModelNotReady as reason:
        from search.embedding.export import export  # imports torch

        logger.info("Preparing %s: %s", source.name, reason)
        prepared = export(source, _folder(source))
    with _opening:
        return _bulk_embedder(prepared)


def forget_bulk_model() -> None:
    """Have ``ensure_model`` open the model anew: this one is broken."""
    _bulk_embedder.cache_clear()


def fetch_configured() -> None:
    """Get what only the network can tell of the configured model. Raises ``ModelNotReady``.

    Downloads a model of the hub with ``HF_HUB_OFFLINE=0``; asks an endpoint for its vectors.
    """
    if settings.EMBEDDING_URL:
        _ask(Endpoint.configured())
    else:
        fetch_model()


def query_vector(embedder: Embedder, query: str) -> FloatArray:
    """The vector of a query, remembered. Raises ``ModelNotReady``."""
    return query_vectors(embedder, [query])[0]


def query_vectors(embedder: Embedder, queries: Sequence[str]) -> list[FloatArray]:
    """The same of several at once, which takes less time than one after the other."""
    return _known_queries.of(embedder, queries)


def _folder(source: ModelSource) -> Path:
    folder: Path = settings.MODEL_DIR / source.key
    return folder


@lru_cache(maxsize=MOST_MODELS)
def _query_embedder(model_key: str, models: Path, endpoint_url: str) -> Embedder:
    folder = models / model_key
    if endpoint_url and not folder.is_dir():
        return _endpoint_for_queries(model_key)

    def open_again() -> Embedder:
        return _open(load_prepared(folder), threads=QUERY_THREADS)

    embedder = RecoveringEmbedder(load_prepared(folder), open_again, rest=REST)
    return MicroBatcher(embedder, lanes=os.cpu_count() or 1)


def _endpoint_for_queries(model_key: str) -> Embedder:
    from search.embedding.endpoint_embedder import FOR_QUERIES, EndpointEmbedder

    endpoint = Endpoint.configured()
    space = endpoint.space()
    if space.model_key != model_key:
        raise ModelNotReady(f"The model {model_key} is neither prepared here nor configured.")

    def open_again() -> Embedder:
        return EndpointEmbedder(endpoint, space, patience=FOR_QUERIES)

    embedder = RecoveringEmbedder(space, open_again, rest=ENDPOINT_REST)
    return MicroBatcher(embedder, lanes=ENDPOINT_LANES)


def _ensured_endpoint() -> Embedder:
    from search.embedding.endpoint_embedder import FOR_BULK, EndpointEmbedder

    endpoint = Endpoint.configured()
    try:
        space = endpoint.space()
    except ModelNotReady:
        space = _ask(endpoint)
    return EndpointEmbedder(endpoint, space, patience=FOR_BULK)


def _ask(endpoint: Endpoint) -> EndpointSpace:
    from search.embedding.endpoint_embedder import ask_dimension

    dimension = ask_dimension(endpoint)
    if endpoint.dimensions not in (0, dimension):
        raise ModelNotReady(
            f"EMBEDDING_DIMENSIONS is {endpoint.dimensions}, but the embedding endpoint gives "
            f"vectors of {dimension} dimensions."
        )
    endpoint.remember(dimension)
    return endpoint.space()


@lru_cache(maxsize=1)
def _bulk_embedder(prepared: PreparedModel) -> Embedder:
    return _open(prepared, threads=os.cpu_count() or 1)


def _open(prepared: PreparedModel, *, threads: int) -> Embedder:
    if prepared.exported:
        from search.embedding.onnx_embedder import OnnxEmbedder

        return OnnxEmbedder(prepared, threads=threads)
    source = configured_source()
    if source.key != prepared.model_key:
        raise ModelNotReady(f"The model {prepared.name} is not the configured one any more.")
    from search.embedding.sentence_transformer_embedder import (
        SentenceTransformerEmbedder,
        load_model,
    )

    model = load_model(source.folder, threads=threads)
    return SentenceTransformerEmbedder(model, model_key=source.key)
