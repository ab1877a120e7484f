"""The search of admin lists, bounded: a database bears only so many conditions, one a word."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

LONGEST_SEARCH = 200


class BoundedSearchAdmin:
    """Put before ``ModelAdmin``: looks at the first 200 characters of what is searched for."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found: tuple[QuerySet[Any], bool] = super().get_search_results(  # type: ignore[misc]
            request, queryset, search_term[:LONGEST_SEARCH]
        )  # the method is ModelAdmin's, which comes behind
        return found
