"""What search can do: refresh its index, answer a query, tell how it stands."""

from search.answers import SearchAnswer, SearchResult
from search.lease import PublicationIsRunning, RefreshIsRunning
from search.services.logged import logged_search
from search.services.publishing import PublicationReport, publication_due, publish_index
from search.services.refreshing import RefreshReport, refresh_index
from search.services.searching import EmptyQuery, QueryTooLong, search
from search.services.status import SearchStatus, search_status

__all__ = [
    "EmptyQuery",
    "PublicationIsRunning",
    "PublicationReport",
    "QueryTooLong",
    "RefreshIsRunning",
    "RefreshReport",
    "SearchAnswer",
    "SearchResult",
    "SearchStatus",
    "publication_due",
    "publish_index",
    "logged_search",
    "refresh_index",
    "search",
    "search_status",
]
