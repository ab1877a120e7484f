"""By what the list of servers in the admin can be narrowed beside its columns."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from servers.models import ReviewState, Server, Status
from servers.querysets import ServerQuerySet

EVERYTHING = "all"


class LifeFilter(admin.SimpleListFilter):
    """How far a server is in its life. Deleted ones are left out unless they are asked for."""

    title = "life"
    parameter_name = "life"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("pending", "with a version awaiting review"),
            ("unpublished", "nothing approved yet"),
            ("deprecated", "deprecated"),
            ("deleted", "deleted"),
            (EVERYTHING, "all, deleted ones too"),
        ]

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            named = "there" if choice["display"] == "All" else choice["display"]
            yield {**choice, "display": named}

    def queryset(self, request: HttpRequest, queryset: ServerQuerySet) -> ServerQuerySet:  # type: ignore[override] # the stubs know no other queryset
        chosen = self.value()
        if chosen == EVERYTHING:
            return queryset
        if chosen == "deleted":
            return queryset.filter(deleted_at__isnull=False)
        return _narrowed(queryset.not_deleted(), chosen)


def _narrowed(servers: ServerQuerySet, chosen: str | None) -> ServerQuerySet:
    if chosen == "pending":
        return servers.filter(pk__in=_servers_with(review_state=ReviewState.PENDING))
    if chosen == "unpublished":
        return servers.filter(published=False)
    if chosen == "deprecated":
        return servers.filter(pk__in=_servers_with(is_latest=True, status=Status.DEPRECATED))
    return servers


def _servers_with(**version: Any) -> Any:
    found = Server.objects.filter(**{f"versions__{name}": it for name, it in version.items()})
    return found.order_by().values("pk")
