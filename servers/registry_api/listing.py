"""The versions in the catalogue, page by page, at the same cost whatever their number.

The list goes by name, and within a server in the order of publication. A list of what changed
since a moment goes by the time of the change instead: what changes while a mirror reads moves to
the end of its list, and is not missed.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from accounts.services import Principal
from servers.models import Server, ServerVersion
from servers.querysets import ServerQuerySet, ServerVersionQuerySet
from servers.registry_api.cursors import Cursor, Filters


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some versions, and where the next ones are, if there are any."""

    versions: list[ServerVersion]
    next_cursor: Cursor | None


def listed_versions(*, include_deleted: bool) -> ServerVersionQuerySet:
    """What is in the catalogue: approved, and not deleted unless that is asked for."""
    versions = ServerVersion.objects.all()
    return versions.approved() if include_deleted else versions.listed()


def listed_servers(principal: Principal, *, include_deleted: bool) -> ServerQuerySet:
    """The servers whose ``listed_versions`` the ``principal`` may see."""
    if include_deleted:
        return Server.objects.ever_visible_to(principal)
    return Server.objects.visible_to(principal)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What ``principal`` may see of what ``filters`` leave."""

    filters: Filters
    principal: Principal

    def page(self, *, limit: int, after: Cursor | None = None) -> Page:
        """The first ``limit`` versions, or those after the last one that was shown."""
        in_order = self._by_time if self.filters.updated_since else self._by_name
        # One more than asked for tells whether there is a next page.
        found = list(in_order(after, limit + 1).select_related("server__team"))
        shown, more = found[:limit], len(found) > limit
        return Page(versions=shown, next_cursor=self._cursor_at(shown[-1]) if more else None)

    def _by_name(self, after: Cursor | None, count: int) -> ServerVersionQuerySet:
        """The versions of as many servers as are needed at most.

        All servers joined with all versions would be sorted whole for each page.
        """
        servers, versions = self._servers(), self._versions()
        if after:
            servers = servers.filter(name_key__gte=after.key)
            versions = versions.exclude(server__name_key=after.key, pk__lte=after.version_id)
        having_some = servers.filter(Exists(versions.filter(server=OuterRef("pk"))))
        needed = having_some.order_by("name_key").values("pk")[:count]
        return versions.filter(server__in=needed).order_by("server__name_key", "pk")[:count]

    def _by_time(self, after: Cursor | None, count: int) -> ServerVersionQuerySet:
        versions, since = self._versions(), self.filters.updated_since
        if after:
            since = datetime.fromisoformat(after.key)
            versions = versions.exclude(updated_at=since, pk__lte=after.version_id)
        seen = Exists(self._servers().filter(pk=OuterRef("server")))
        return versions.filter(seen, updated_at__gte=since).order_by("updated_at", "pk")[:count]

    def _servers(self) -> ServerQuerySet:
        servers = listed_servers(self.principal, include_deleted=self._includes_deleted)
        if text := self.filters.search:
            named = Q(name_key__contains=text.lower())
            # Where nothing is published any more, the description is that of a draft.
            servers = servers.filter(named | Q(published=True, description__icontains=text))
        return servers

    def _versions(self) -> ServerVersionQuerySet:
        versions = listed_versions(include_deleted=self._includes_deleted)
        return versions.called(self.filters.version) if self.filters.version else versions

    @property
    def _includes_deleted(self) -> bool:
        """What was deleted since is part of what changed since."""
        return self.filters.include_deleted or self.filters.updated_since is not None

    def _cursor_at(self, version: ServerVersion) -> Cursor:
        by_time = self.filters.updated_since is not None
        key = version.updated_at.isoformat() if by_time else version.server.name_key
        return Cursor(filters=self.filters, key=key, version_id=version.pk)
