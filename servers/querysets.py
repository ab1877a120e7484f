"""What can be asked of many servers or tools at once; chainable."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

from django.db import models
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.access import EVERYTHING, Action
from servers.access import Question, allowed

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

    def allowed_to(
        self, principal: Principal, action: Action, *, whole_servers: bool = False
    ) -> Self:
        """The servers on which ``principal`` may do ``action``, as ``servers.access`` rules.

        ``whole_servers`` leaves out those of which it may use some tools only.
        """
        question = Question(
            principal=principal, action=action, now=timezone.now(), whole_servers=whole_servers
        )
        return self.filter(allowed(question))

    def visible_to(self, principal: Principal) -> Self:
        """The servers ``principal`` may see: what every surface shows."""
        return self.allowed_to(principal, Action.VIEW)

    def to_probe(self) -> Self:
        """The servers that probes connect to."""
        return self.filter(enabled=True, monitored=True).exclude(endpoint_url="")

    def with_tool_count(self, principal: Principal) -> Self:
        """Adds ``tool_count``: how many tools ``principal`` sees, who sees these servers."""
        from servers.models import Tool  # the models import this module

        # Counted aside: a join would group the rows and lose their order.
        tools = Tool.objects.current().open_to(principal).filter(server=OuterRef("pk"))
        counted = tools.order_by().values("server").annotate(total=Count("pk")).values("total")
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
        """The tools ``principal`` may see: those of visible servers that are open to it."""
        from servers.models import Server  # the models import this module

        return self.filter(server__in=Server.objects.visible_to(principal)).open_to(principal)

    def open_to(self, principal: Principal) -> Self:
        """Of the tools of servers that ``principal`` sees, those it sees.

        That is all of them, but where it sees a server by nothing but grants for some tools.
        """
        from servers.models import Server  # the models import this module

        if not principal.has_grants_for_tools:
            return self
        whole = Server.objects.allowed_to(principal, Action.VIEW, whole_servers=True)
        return self.filter(Q(server__in=whole) | _granted(principal))


def _granted(principal: Principal) -> Exists:
    """That a tool is covered by a grant for some tools of its server."""
    question = Question(principal=principal, action=Action.VIEW, now=timezone.now())
    covering = (
        question.grants()
        .covering_tool(OuterRef("name"))
        .filter(
            pattern__in=[
                OuterRef("server__name_key"),
                OuterRef("server__namespace_key"),
                EVERYTHING,
            ]
        )
    )
    return Exists(covering)


class TagQuerySet(models.QuerySet["Tag"]):
    """Tags, counted."""

    def in_use(self, principal: Principal) -> Self:
        """The tags of servers ``principal`` may see, with ``server_count``."""
        from servers.models import Server  # the models import this module

        visible = Server.objects.visible_to(principal).order_by().values("pk")
        seen = Count("servers", filter=Q(servers__in=visible))
        return self.annotate(server_count=seen).filter(server_count__gt=0)
