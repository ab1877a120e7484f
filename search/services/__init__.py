"""What search can do: refresh its index, answer a query, tell how it stands."""

from search.lease import RefreshIsRunning
from search.services.refreshing import RefreshReport, refresh_index
from search.services.searching import (
    EmptyQuery,
    QueryTooLong,
    SearchAnswer,
    SearchResult,
    search,
)
from search.services.status import SearchStatus, search_status

__all__ = [
    "EmptyQuery",
    "QueryTooLong",
    "RefreshIsRunning",
    "RefreshReport",
    "SearchAnswer",
    "SearchResult",
    "SearchStatus",
    "refresh_index",
    "search",
    "search_status",
]
