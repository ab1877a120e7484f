"""The pages of the catalogue: the list of servers and one server."""

import json

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.decorators import readers_only
from accounts.services import Principal, principal_of
from servers.access import BEHIND_THE_SCENES
from servers.api.permissions import is_allowed
from servers.client_configuration import configurations
from servers.models import FeatureChange, HealthState, ReviewState, Server
from servers.querysets import ServerQuerySet

SERVERS_A_PAGE = 24
# What the list is narrowed by: in the address, and in the database.
FACETS = {"category": "category", "health": "health_state"}


class CountedPaginator(Paginator):  # type: ignore[type-arg] # not a generic at run time
    """Is told how many servers there are: the facets have counted them."""

    def __init__(self, servers: ServerQuerySet, *, total: int) -> None:
        super().__init__(servers, SERVERS_A_PAGE)
        self._total = total

    @property
    def count(self) -> int:
        return self._total


@require_safe
@readers_only
def catalogue(request: HttpRequest) -> HttpResponse:
    """The servers the visitor may see, narrowed by ``?category=`` and ``?health=``."""
    principal = principal_of(request)
    visible = Server.objects.visible_to(principal)
    asked = {column: request.GET.get(key, "") for key, column in FACETS.items()}
    chosen = {column: value for column, value in asked.items() if value}
    facets = visible.facets(*FACETS.values())
    shown = visible.filter(**chosen).with_tool_count(principal).select_related("team")
    paginator = CountedPaginator(shown, total=facets.total(chosen))
    labels = dict(HealthState.choices)
    return render(
        request,
        "servers/catalogue.html",
        {
            "category": asked["category"],
            "health": asked["health_state"],
            "page": paginator.get_page(request.GET.get("page")),
            "health_label": labels.get(asked["health_state"], asked["health_state"]),
            "health_counts": facets.of("health_state"),
            "category_counts": [facet for facet in facets.of("category") if facet.value],
        },
    )


@require_safe
@readers_only
def server(request: HttpRequest, name: str) -> HttpResponse:
    """One server with its tools and the document of its latest version."""
    principal = principal_of(request)
    visible = Server.objects.visible_to(principal).with_ownership(principal).select_related("team")
    found = get_object_or_404(visible, name_key=name.lower())
    version = found.latest_version
    return render(
        request,
        "servers/server.html",
        {
            "server": found,
            "version": version,
            "tags": found.tags.all(),
            "aliases": found.aliases.all(),
            "to_look_at": _to_look_at(found, principal),
            "tools": found.tools.current().open_to(principal).with_drifted(),
            "configurations": configurations(version.document),
            "document": json.dumps(version.document, indent=2, ensure_ascii=False),
        },
    )


def _to_look_at(server: Server, principal: Principal) -> dict[str, int]:
    """How much of ``server`` waits for people, for those who edit or review it; else nothing."""
    if not is_allowed(principal, BEHIND_THE_SCENES, server):
        return {}
    changes = server.feature_changes
    return {
        "versions": server.versions.filter(review_state=ReviewState.PENDING).count(),
        "held": changes.filter(state=FeatureChange.State.HELD).count(),
        "findings": server.findings.count(),
    }
