"""The vector index: its interface, its implementations, and how it is published and read.

Callers write ``index.vector_index_class()``, so that tests can put an index in memory in the
place of FAISS.
"""

from search.index.base import VectorIndex


def vector_index_class() -> type[VectorIndex]:
    """The implementation in use."""
    from search.index.faiss_index import FaissIndex  # a process that never searches spares FAISS

    return FaissIndex
