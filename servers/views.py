"""The pages of the catalogue: the list of servers and one server."""

import json

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.decorators import readers_only
from accounts.services import principal_of
from servers.models import HealthState, Server

SERVERS_A_PAGE = 24


@require_safe
@readers_only
def catalogue(request: HttpRequest) -> HttpResponse:
    """The servers the visitor may see, narrowed by ``?category=`` and ``?health=``."""
    principal = principal_of(request)
    visible = Server.objects.visible_to(principal)
    chosen = {key: request.GET.get(key, "") for key in ("category", "health")}
    narrowed = visible
    if chosen["category"]:
        narrowed = narrowed.filter(category=chosen["category"])
    if chosen["health"]:
        narrowed = narrowed.filter(health_state=chosen["health"])
    shown = narrowed.with_tool_count(principal).select_related("team")
    paginator = Paginator(shown, SERVERS_A_PAGE)
    labels = dict(HealthState.choices)
    return render(
        request,
        "servers/catalogue.html",
        {
            **chosen,
            "page": paginator.get_page(request.GET.get("page")),
            "health_label": labels.get(chosen["health"], chosen["health"]),
            "health_counts": visible.facet_counts("health_state"),
            "category_counts": visible.exclude(category="").facet_counts("category"),
        },
    )


@require_safe
@readers_only
def server(request: HttpRequest, name: str) -> HttpResponse:
    """One server with its tools and the document of its latest version."""
    principal = principal_of(request)
    visible = Server.objects.visible_to(principal).select_related("team")
    found = get_object_or_404(visible, name__iexact=name)
    version = found.latest_version
    return render(
        request,
        "servers/server.html",
        {
            "server": found,
            "version": version,
            "tags": found.tags.all(),
            "tools": found.tools.current().open_to(principal),
            "document": json.dumps(version.document, indent=2, ensure_ascii=False),
        },
    )
