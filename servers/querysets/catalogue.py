"""What can be asked of many servers, versions or tags at once; chainable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from django.db import models
from django.db.models import (
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    Value,
)
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.access import Action
from servers.access import LISTED, Question, allowed, allowed_were_it_listed

if TYPE_CHECKING:
    from accounts.services import Principal
    from servers.models import (  # noqa: F401 - named in the type parameters below
        Server,
        ServerVersion,
        Tag,
    )


# No document has it for its version.
LATEST = "latest"


class Facet(NamedTuple):
    """One value of a column, its label for people and the number of rows that have it."""

    value: str
    label: str
    total: int


class Facets:
    """Rows counted by the values of several columns."""

    def __init__(self, model: type[models.Model], counted: list[dict[str, Any]]) -> None:
        self._model = model
        self._counted = counted

    def of(self, column: str) -> list[Facet]:
        """How many rows have which value in ``column``, the most frequent first."""
        totals: Counter[str] = Counter()
        for row in self._counted:
            totals[row[column]] += row["total"]
        labels = dict(getattr(self._model._meta.get_field(column), "flatchoices", ()))
        by_frequency = sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))
        return [Facet(value, labels.get(value, value), total) for value, total in by_frequency]

    def total(self, chosen: Mapping[str, str]) -> int:
        """How many rows have the ``chosen`` values, by column."""
        return sum(row["total"] for row in self._counted if chosen.items() <= row.items())


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

    def deleted_for(self, principal: Principal, action: Action = Action.ADMINISTER) -> Self:
        """The deleted servers on which ``principal`` might do ``action``, were they restored.

        Those it may administer, it may restore.
        """
        question = Question(principal=principal, action=action, now=timezone.now())
        return self.filter(allowed_were_it_listed(question), deleted_at__isnull=False)

    def ever_visible_to(self, principal: Principal) -> Self:
        """The servers ``principal`` sees, and the deleted ones of which it saw some version.

        For tombstones of approved versions, nothing else: of a deleted server nothing is listed.
        """
        seen = Question(principal=principal, action=Action.VIEW, now=timezone.now())
        once_seen = Q(enabled=True) & allowed_were_it_listed(seen)
        return self.filter(allowed(seen) | once_seen)

    def not_deleted(self) -> Self:
        """The servers that are there at all."""
        return self.filter(deleted_at__isnull=True)

    def listed(self) -> Self:
        """The servers that are there for everybody who may see them."""
        return self.not_deleted().filter(LISTED)

    def to_probe(self) -> Self:
        """The servers that probes connect to."""
        return self.not_deleted().filter(enabled=True, monitored=True).exclude(endpoint_url="")

    def labelled(self, label: str) -> Self:
        """The servers with this label: ``key:value``, or a key whatever its value.

        The caller has checked the key.
        """
        key, colon, text = label.partition(":")
        if not colon:
            return self.filter(labels__has_key=key)
        return self.alias(label=KeyTransform(key, "labels")).filter(label=text)

    def owned_by(self, username: str, principal: Principal) -> Self:
        """The servers this person registered; strangers are not told who did."""
        if not principal.is_authenticated:
            return self.none()
        return self.filter(registered_by__username=username)

    def packaged_for(self, package_type: str) -> Self:
        """The servers that come as a package of this registry, such as ``npm``."""
        return self.filter(package_types__has_key=package_type)

    def of_status(self, status: str) -> Self:
        """The servers whose latest version has this status."""
        return self.filter(versions__is_latest=True, versions__status=status)

    def offering(self, tool: str, principal: Principal) -> Self:
        """The servers of which ``principal`` sees a tool of this name, if it sees the server."""
        from servers.models import Tool  # the models import this module

        offered = Tool.objects.current().open_to(principal).filter(name=tool)
        return self.filter(pk__in=offered.order_by().values("server"))

    def owning_the_row(self) -> Exists:
        """The condition on a row with a ``server``, that it is one of these.

        Asked for each row: where few are asked for, ``server__in`` would collect all servers first.
        """
        return Exists(self.order_by().filter(pk=OuterRef("server")))

    def with_tool_count(self, principal: Principal) -> Self:
        """Adds ``tool_count``: how many tools ``principal`` sees, who sees these servers."""
        from servers.models import Tool  # the models import this module

        # Counted aside: a join would group the rows and lose their order.
        tools = Tool.objects.current().open_to(principal).filter(server=OuterRef("pk"))
        counted = tools.order_by().values("server").annotate(total=Count("pk")).values("total")
        return self.annotate(tool_count=Coalesce(Subquery(counted), 0))

    def with_ownership(self, principal: Principal) -> Self:
        """Adds whose the servers are, what comes after them and how people marked them.

        ``owner_name`` for those who are signed in, ``successor_name`` where ``principal`` sees
        the successor, ``star_count``, and ``is_starred`` by ``principal``.
        """
        from servers.models import Server, Star  # the models import this module

        visible = Server.objects.visible_to(principal).filter(pk=OuterRef("successor"))
        stars = Star.objects.filter(server=OuterRef("pk"))
        counted = stars.order_by().values("server").annotate(total=Count("pk")).values("total")
        owner = F("registered_by__username") if principal.is_authenticated else Value(None)
        return self.annotate(
            owner_name=ExpressionWrapper(owner, output_field=models.CharField()),
            successor_name=Subquery(visible.values("name")[:1]),
            star_count=Coalesce(Subquery(counted), 0),
            is_starred=Exists(stars.filter(user=principal.user_id)),
        )

    def with_latest_version(self) -> Self:
        """Fetches the latest versions with the servers, so that ``latest_version`` asks nothing."""
        return self.prefetch_related(_latest_versions("versions"))

    def facets(self, *columns: str) -> Facets:
        """How many of these servers have which values in ``columns``, counted in one pass."""
        rows = self.order_by().values(*columns).annotate(total=Count("pk"))
        return Facets(self.model, list(rows))


class ServerVersionQuerySet(models.QuerySet["ServerVersion"]):
    """Versions, narrowed."""

    def approved(self) -> Self:
        """The versions that are in the catalogue, whatever their status."""
        from servers.models import ReviewState  # the models import this module

        return self.filter(review_state=ReviewState.APPROVED)

    def listed(self) -> Self:
        """The approved versions that are not deleted: what everybody who sees a server sees."""
        from servers.models import Status  # the models import this module

        return self.approved().exclude(status=Status.DELETED)

    def called(self, version: str) -> Self:
        """The versions of this number; ``latest`` is the number of the latest of each server."""
        return self.filter(is_latest=True) if version == LATEST else self.filter(version=version)

    def with_what_is_approved(self) -> Self:
        """Fetches the servers with their latest versions, so that a comparison asks nothing."""
        return self.select_related("server").prefetch_related(_latest_versions("server__versions"))

    def undecided(self) -> Self:
        """What awaits its review, the oldest first; with a deleted server that sleeps."""
        from servers.models import ReviewState  # the models import this module

        pending = self.filter(review_state=ReviewState.PENDING, server__deleted_at__isnull=True)
        return pending.order_by("updated_at", "pk")

    def awaiting_review(self, principal: Principal) -> Self:
        """What ``principal`` may review and nobody has decided yet, the oldest first."""
        from servers.models import Server  # the models import this module

        reviewed = Server.objects.allowed_to(principal, Action.REVIEW)
        return self.undecided().filter(reviewed.owning_the_row())


def _latest_versions(path: str) -> Prefetch[Any]:
    """The latest versions at ``path``, for ``Server.latest_version``."""
    from servers.models import ServerVersion  # the models import this module

    return Prefetch(path, ServerVersion.objects.filter(is_latest=True), to_attr="fetched_latest")


class TagQuerySet(models.QuerySet["Tag"]):
    """Tags, counted."""

    def in_use(self, principal: Principal) -> Self:
        """The tags of servers ``principal`` may see, with ``server_count``."""
        from servers.models import Server  # the models import this module

        visible = Server.objects.visible_to(principal).order_by().values("pk")
        seen = Count("servers", filter=Q(servers__in=visible))
        return self.annotate(server_count=seen).filter(server_count__gt=0)
