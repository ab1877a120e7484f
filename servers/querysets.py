"""What can be asked of many servers or tools at once; chainable."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce

if TYPE_CHECKING:
    from accounts.services import Principal
    from servers.models import Server, Tag, Tool  # noqa: F401 - named in the type parameters below


class Facet(NamedTuple):
    """One value of a column, its label for people and the number of rows that have it."""

    value: str
    label: str
    total: int


class ServerQuerySet(models.QuerySet["Server"]):
    """Servers, narrowed and decorated."""

    def visible_to(self, principal: Principal) -> Self:
        """The servers ``principal`` may see: the one rule behind every surface.

        Staff see all. Everybody else sees enabled servers, and a caller without credentials
        sees those only where anonymous reading is on.
        """
        if principal.is_authenticated and principal.is_staff:
            return self
        if principal.is_authenticated or settings.ANONYMOUS_READ:
            return self.filter(enabled=True)
        return self.none()

    def to_probe(self) -> Self:
        """The servers that probes connect to."""
        return self.filter(enabled=True, monitored=True).exclude(endpoint_url="")

    def with_tool_count(self) -> Self:
        """Adds ``tool_count``, the number of tools the server offers now."""
        from servers.models import Tool  # the models import this module

        # Counted aside: a join would group the rows and lose their order.
        tools = Tool.objects.current().filter(server=OuterRef("pk")).order_by().values("server")
        counted = tools.annotate(total=Count("pk")).values("total")
        return self.annotate(tool_count=Coalesce(Subquery(counted), 0))

    def with_latest_version(self) -> Self:
        """Fetches the latest versions with the servers, so that ``latest_version`` asks nothing."""
        from servers.models import ServerVersion  # the models import this module

        latest = ServerVersion.objects.filter(is_latest=True)
        return self.prefetch_related(Prefetch("versions", latest, to_attr="fetched_latest"))

    def facet_counts(self, column: str) -> list[Facet]:
        """How many of these servers have which value in ``column``, the most frequent first."""
        labels = dict(getattr(self.model._meta.get_field(column), "flatchoices", ()))
        rows = self.order_by().values_list(column).annotate(total=Count("pk"))
        return [
            Facet(value, labels.get(value, value), total)
            for value, total in rows.order_by("-total", column)
        ]


class ToolQuerySet(models.QuerySet["Tool"]):
    """Tools, narrowed."""

    def current(self) -> Self:
        """The tools their servers offer now."""
        return self.filter(removed_at__isnull=True)

    def visible_to(self, principal: Principal) -> Self:
        """The tools of the servers ``principal`` may see."""
        from servers.models import Server  # the models import this module

        return self.filter(server__in=Server.objects.visible_to(principal))


class TagQuerySet(models.QuerySet["Tag"]):
    """Tags, counted."""

    def in_use(self, principal: Principal) -> Self:
        """The tags of servers ``principal`` may see, with ``server_count``."""
        from servers.models import Server  # the models import this module

        visible = Server.objects.visible_to(principal).order_by().values("pk")
        seen = Count("servers", filter=Q(servers__in=visible))
        return self.annotate(server_count=seen).filter(server_count__gt=0)
