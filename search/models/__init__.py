"""What search keeps: what it made of the catalogue, and what it was asked."""

from search.models.feedback import LoggedSearch, ResultUse, SearchPreference, Surface
from search.models.index import LONGEST_ERROR, Embedding, IndexState, SearchEntry, ServerIndexing

__all__ = [
    "LONGEST_ERROR",
    "Embedding",
    "IndexState",
    "LoggedSearch",
    "ResultUse",
    "SearchEntry",
    "SearchPreference",
    "ServerIndexing",
    "Surface",
]
