"""What is new and could be mistaken for another server: told on import, where nobody is asked.

A person who registers is refused such a name or address (``servers.services.names``).
"""

from collections.abc import Iterable, Sequence

from servers.documents import look_alike_key, remote_urls
from servers.importing.planning import ServerPlan
from servers.importing.report import ImportReport, Remark
from servers.models import RemoteUrl, Server


class Neighbours:
    """The names and addresses of the servers that are here, and of those of this import."""

    def __init__(self, report: ImportReport) -> None:
        self._report = report
        self._names: dict[str, str] = {}
        self._urls: dict[str, str] = {}

    def look(self, plans: Iterable[ServerPlan]) -> None:
        """Tell of each new server that looks like another one or shares an address with it."""
        new = [plan for plan in plans if plan.is_new and plan.versions]
        urls_of = {plan.server.name: _urls_of(plan) for plan in new}
        self._remember_what_is_here(
            [look_alike_key(plan.server.name) for plan in new],
            [url for urls in urls_of.values() for url in urls],
        )
        for name, urls in urls_of.items():
            other = self._names.setdefault(look_alike_key(name), name)
            if other != name:
                self._report.alike.append(Remark(name, f"looks like {other}."))
            for url in sorted(urls):
                owner = self._urls.setdefault(url, name)
                if owner != name:
                    self._report.alike.append(Remark(name, f"shares {url} with {owner}."))

    def _remember_what_is_here(self, keys: Sequence[str], urls: Sequence[str]) -> None:
        alike = Server.objects.filter(look_alike_key__in=keys)
        for key, name in alike.order_by("-pk").values_list("look_alike_key", "name"):
            self._names.setdefault(key, name)
        taken = RemoteUrl.objects.filter(url__in=urls, server__deleted_at__isnull=True)
        for url, name in taken.order_by("pk").values_list("url", "server__name"):
            self._urls.setdefault(url, name)


def _urls_of(plan: ServerPlan) -> set[str]:
    latest = [row for row in plan.versions if row.is_latest]
    return {url for row in latest for url in remote_urls(row.document)}
