"""What the logged searches say of search: what people look for, and what they do not find."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from search.feedback_querysets import Counted
from search.models import LoggedSearch, ResultUse

# So many lines each list of the report has.
MOST_LISTED = 20


@dataclass(frozen=True, kw_only=True)
class UsedTool:
    """A tool that people went on with."""

    server: str
    tool: str
    total: int


@dataclass(frozen=True, kw_only=True)
class RankUse:
    """How many of the results that were used stood at a rank, and which share that is."""

    rank: int
    total: int
    share: float


@dataclass(frozen=True, kw_only=True)
class SearchReport:
    """The searches since ``since``. Shares are 0 to 1; durations in milliseconds."""

    since: datetime
    searches: int
    without_result: float
    degraded: float
    duration_p50: float | None
    duration_p95: float | None
    clicks: int
    calls: int
    # Of what was used and had been shown.
    used_first: float
    used_by_rank: list[RankUse]
    queries_without_result: list[Counted]
    queries_without_use: list[Counted]
    most_used_tools: list[UsedTool]


def search_report(*, days: int, now: datetime) -> SearchReport:
    """How search did in the last ``days``, as far as it was logged."""
    since = now - timedelta(days=days)
    searches = LoggedSearch.objects.since(since)
    uses = ResultUse.objects.since(since)
    counted = searches.aggregate(
        total=Count("pk"),
        empty=Count("pk", filter=Q(results=0)),
        degraded=Count("pk", filter=Q(degraded=True)),
    )
    used = uses.aggregate(
        clicks=Count("pk", filter=Q(kind=ResultUse.Kind.CLICK)),
        calls=Count("pk", filter=Q(kind=ResultUse.Kind.CALL)),
    )
    by_rank = _by_rank(uses.by_rank())
    return SearchReport(
        since=since,
        searches=counted["total"],
        without_result=_share(counted["empty"], counted["total"]),
        degraded=_share(counted["degraded"], counted["total"]),
        duration_p50=searches.duration_of(0.5),
        duration_p95=searches.duration_of(0.95),
        clicks=used["clicks"],
        calls=used["calls"],
        used_first=sum(each.share for each in by_rank if each.rank == 1),
        used_by_rank=by_rank[:MOST_LISTED],
        queries_without_result=searches.with_text().without_result().frequent(MOST_LISTED),
        queries_without_use=searches.with_text().frequent_without_use(MOST_LISTED),
        most_used_tools=[
            UsedTool(server=server, tool=tool, total=total)
            for server, tool, total in uses.frequent_tools(MOST_LISTED)
        ],
    )


def _by_rank(totals: dict[int, int]) -> list[RankUse]:
    every = sum(totals.values())
    return [
        RankUse(rank=rank, total=total, share=_share(total, every))
        for rank, total in totals.items()
    ]


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
