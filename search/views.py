"""The search page: the same search as the API's, for people."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.decorators import readers_only
from accounts.services import principal_of
from search import services

RESULTS_ON_THE_PAGE = 20


@require_safe
@readers_only
def results(request: HttpRequest) -> HttpResponse:
    """What answers ``?q=``; a query that cannot be answered is shown again with the reason."""
    query = request.GET.get("q", "")
    context: dict[str, Any] = {"query": query}
    status = 200
    try:
        context["answer"] = services.search(
            principal=principal_of(request), query=query, limit=RESULTS_ON_THE_PAGE
        )
    except (services.EmptyQuery, services.QueryTooLong) as error:
        context["error"] = str(error)
        status = 400
    return render(request, "search/results.html", context, status=status)
