"""What can be asked of many logged searches and their uses at once; chainable."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Self

from django.db import models
from django.db.models import Count

if TYPE_CHECKING:
    from search.models import LoggedSearch, ResultUse  # noqa: F401 - type parameters below


class Counted(NamedTuple):
    """A query, a name or a rank, and how often it occurred."""

    value: str
    total: int


class LoggedSearchQuerySet(models.QuerySet["LoggedSearch"]):
    """Searches, narrowed and counted."""

    def since(self, begin: datetime) -> Self:
        return self.filter(at__gte=begin)

    def with_text(self) -> Self:
        """Those of which the query is kept."""
        return self.exclude(query="")

    def without_result(self) -> Self:
        return self.filter(results=0)

    def frequent(self, limit: int) -> list[Counted]:
        """The queries that were asked most often."""
        counted = self.order_by().values_list("query").annotate(total=Count("pk"))
        return [Counted(*row) for row in counted.order_by("-total", "query")[:limit]]

    def frequent_without_use(self, limit: int) -> list[Counted]:
        """The same of those queries that found something, of which nobody ever used anything."""
        asked = self.filter(results__gt=0).order_by().values_list("query")
        counted = asked.annotate(total=Count("pk", distinct=True))
        unused = counted.alias(used=Count("uses")).filter(used=0)
        return [Counted(*row) for row in unused.order_by("-total", "query")[:limit]]

    def duration_of(self, share: float) -> float | None:
        """The milliseconds within which this share of the searches was answered."""
        durations = self.order_by("duration_ms").values_list("duration_ms", flat=True)
        last = self.count() - 1
        return durations[round(last * share)] if last >= 0 else None


class ResultUseQuerySet(models.QuerySet["ResultUse"]):
    """Uses, narrowed and counted."""

    def since(self, begin: datetime) -> Self:
        """Those of searches since then."""
        return self.filter(search__at__gte=begin)

    def by_rank(self) -> dict[int, int]:
        """How many results were used at which rank, by rank."""
        ranked = self.filter(rank__isnull=False).order_by().values_list("rank")
        return dict(ranked.annotate(total=Count("pk")).order_by("rank"))

    def frequent_tools(self, limit: int) -> list[tuple[str, str, int]]:
        """The tools used most often: the server, the tool, how often."""
        tools = self.exclude(tool="").order_by().values_list("server", "tool")
        counted = tools.annotate(total=Count("pk"))
        return list(counted.order_by("-total", "server", "tool")[:limit])
