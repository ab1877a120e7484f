"""The search page: the same search as the API's, for people, and where its results lead."""

from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.decorators import readers_only
from accounts.services import principal_of
from search import services
from search.api.feedback import ClickSerializer
from search.models import Surface
from search.services.feedback import record_use
from search.targets import NoSuchTarget

RESULTS_ON_THE_PAGE = 20


@require_safe
@readers_only
def results(request: HttpRequest) -> HttpResponse:
    """What answers ``?q=``; a query that cannot be answered is shown again with the reason."""
    query = request.GET.get("q", "")
    context: dict[str, Any] = {"query": query}
    status = 200
    try:
        context["answer"] = services.logged_search(
            principal=principal_of(request),
            surface=Surface.PAGE,
            now=timezone.now(),
            query=query,
            limit=RESULTS_ON_THE_PAGE,
        )
    except (services.EmptyQuery, services.QueryTooLong) as error:
        context["error"] = str(error)
        status = 400
    return render(request, "search/results.html", context, status=status)


@require_safe
@readers_only
def chosen(request: HttpRequest) -> HttpResponse:
    """Note which result was chosen (``?search_id=&server=&tool=``), and go there."""
    click = ClickSerializer(data=request.GET)
    if not click.is_valid():
        raise Http404
    wanted = click.validated_data
    try:
        record_use(principal=principal_of(request), now=timezone.now(), **wanted)
    except NoSuchTarget as error:
        raise Http404 from error
    place = f"#tool-{quote(wanted['tool'])}" if wanted["tool"] else ""
    return redirect(reverse("server", args=[wanted["server"]]) + place)
