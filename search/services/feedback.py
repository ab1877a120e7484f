"""Notes what was searched and what was used of it, as far as settings and people allow.

A search never waits for it: rows are noted in memory and written in the background. Commands are
not noted, for nobody is behind them.
"""

import atexit
import os
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.services import Principal
from search.answers import SearchAnswer
from search.matches import Kind
from search.models import LoggedSearch, ResultUse, SearchPreference, Surface
from search.models.feedback import LONGEST_LOGGED_QUERY, checksums
from search.targets import visible_target
from search.write_behind import WriteBehind

# The search of a use may still wait in another process; after this time nobody knows it.
PATIENCE = timedelta(seconds=30)
# What people paste by mistake: tokens by how they begin, or long and of letters and digits.
_SECRET = re.compile(
    r"\b(?:rollcall_|gh[a-z]_|github_pat_|glpat-|sk-|xox[a-z]-|akia|eyj)[\w.-]{12,}"
    r"|\b(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{32,}",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class NotedUse:
    """A use whose search may not be written yet."""

    search_id: UUID
    server: str
    tool: str
    kind: ResultUse.Kind
    at: datetime


def note_search(
    *,
    principal: Principal,
    surface: Surface,
    answer: SearchAnswer,
    kinds: Collection[Kind],
    filtered: bool,
    duration_ms: float,
    now: datetime,
) -> UUID:
    """Note that a search was answered; the id to give out with the answer, kept or not."""
    search_id = uuid4()
    if settings.SEARCH_LOG != "off":
        results = answer.results
        shown = [(it.server, it.name if it.type is Kind.TOOL else "") for it in results]
        _noted.add(
            LoggedSearch(
                id=search_id,
                at=now,
                surface=surface,
                account_id=principal.user_id,
                query=_kept(answer.query, principal),
                characters=len(answer.query),
                words=len(answer.query.split()),
                kinds=" ".join(kinds),
                filtered=filtered,
                results=answer.count,
                offset=answer.offset,
                top_score=results[0].score if results else None,
                degraded=answer.degraded,
                duration_ms=duration_ms,
                shown=checksums(search_id, shown),
            )
        )
    return search_id


def record_use(
    *,
    principal: Principal,
    search_id: UUID,
    server: str,
    tool: str = "",
    kind: ResultUse.Kind = ResultUse.Kind.CLICK,
    now: datetime,
) -> None:
    """Note that somebody went on with this server, or tool of it; twice is once.

    A search that nobody knows, or that was not logged, takes no note of it. Raises
    ``NoSuchTarget`` for what ``principal`` may not see.
    """
    target = visible_target(principal=principal, server=server, tool=tool)
    if settings.SEARCH_LOG != "off":
        name = target.tool.name if target.tool else ""
        _noted.add(
            NotedUse(search_id=search_id, server=target.server.name, tool=name, kind=kind, at=now)
        )


def flush() -> None:
    """Write at once what was noted in this process."""
    _noted.flush()


def is_logged(user: User) -> bool:
    """Whether the searches of ``user`` may be logged."""
    return not SearchPreference.objects.filter(user=user, log=False).exists()


@transaction.atomic
def set_logged(*, user: User, log: bool, now: datetime) -> None:
    """Let the searches of ``user`` be logged, or not any more: then what is logged is erased."""
    # Whoever writes the log asks for the same lock before it looks at the preference.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    before = is_logged(user)
    SearchPreference.objects.update_or_create(user=user, defaults={"log": log})
    if not log:
        LoggedSearch.objects.filter(account=user).delete()
    audit.record_change(
        action="user.search_log",
        subject=user.username,
        before={"logged": before},
        after={"logged": log},
        now=now,
    )


def forget_searches(*, now: datetime) -> None:
    """Delete what was logged longer ago than it is kept."""
    oldest = now - timedelta(days=settings.SEARCH_LOG_DAYS)
    LoggedSearch.objects.filter(at__lt=oldest).delete()


def _kept(query: str, principal: Principal) -> str:
    """What is logged of a query's text: in one spelling, without what looks like a secret."""
    is_kept = settings.SEARCH_LOG == "all" or (
        settings.SEARCH_LOG == "accounts" and principal.user_id is not None
    )
    if not is_kept:
        return ""
    readable = unicodedata.normalize("NFKC", query.encode("utf-8", "ignore").decode())
    text = _SECRET.sub("…", " ".join(readable.split()).casefold())
    return text[:LONGEST_LOGGED_QUERY]


@transaction.atomic
def _write(rows: Sequence[LoggedSearch | NotedUse]) -> list[LoggedSearch | NotedUse]:
    """Write what may be written; the uses whose search may still come are given back."""
    _write_searches([row for row in rows if isinstance(row, LoggedSearch)])
    uses = [row for row in rows if isinstance(row, NotedUse)]
    return [*_write_uses(uses, now=timezone.now())]


def _write_searches(searches: Sequence[LoggedSearch]) -> None:
    """Write those of nobody in particular, and of accounts that are there and agree."""
    accounts = {row.account_id for row in searches if row.account_id is not None}
    people = User.objects.filter(pk__in=accounts).order_by("pk").select_for_update(no_key=True)
    present = set(people.values_list("pk", flat=True))
    refused = SearchPreference.objects.filter(user__in=accounts, log=False)
    agreeing = present - set(refused.values_list("user", flat=True)) | {None}
    LoggedSearch.objects.bulk_create([row for row in searches if row.account_id in agreeing])


def _write_uses(uses: Sequence[NotedUse], *, now: datetime) -> list[NotedUse]:
    searches = LoggedSearch.objects.in_bulk({use.search_id for use in uses})
    known = [(use, searches[use.search_id]) for use in uses if use.search_id in searches]
    ResultUse.objects.bulk_create(
        [
            ResultUse(
                search=search,
                at=use.at,
                kind=use.kind,
                server=use.server,
                tool=use.tool,
                rank=search.rank_of(use.server, use.tool),
            )
            for use, search in known
        ],
        ignore_conflicts=True,
    )
    return [use for use in uses if use.search_id not in searches and now - use.at < PATIENCE]


_noted: WriteBehind[LoggedSearch | NotedUse] = WriteBehind(_write)
atexit.register(flush)
os.register_at_fork(after_in_child=_noted.start_over)
