"""What a principal may find, remembered for as long as nothing that decides about it changes.

The rule itself is ``servers.access``; here its answer for all servers is kept in memory, a process
for itself, so that a search asks the database one small question: whether the access stamp is
still the same. What is remembered is good for one stamp and until the next grant expires, never
longer (docs/decisions/0017-what-is-remembered-of-visibility.md).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from django.conf import settings
from django.db.models import Min, QuerySet
from django.utils import timezone

from accounts.access import Action, Scope
from accounts.models import Grant
from accounts.services import Principal
from search.corpus import Corpus
from search.id_sets import IdSet
from search.index.base import BoolArray, IdArray
from servers.models import AccessStamp, Server, Tool

# For so many principals the answer is remembered; each takes a byte a server.
MOST_PRINCIPALS = 256


@dataclass(frozen=True, kw_only=True)
class PartlySeen:
    """Servers of which a principal sees some tools only, by grants for those tools."""

    servers: IdSet
    tools: IdSet

    def mask(self, corpus: Corpus) -> BoolArray:
        """Which rows such servers do not keep from being seen."""
        seen = ~self.servers.has(corpus.servers)
        seen |= corpus.tools == 0
        seen |= self.tools.has(corpus.tools)
        return seen


@dataclass(frozen=True, kw_only=True)
class Visible:
    """The servers and tools that may be found."""

    servers: IdSet
    # Of whatever server: tools that vanished or are held back.
    hidden_tools: IdSet
    partly: PartlySeen | None = None
    # Where filters ask for tools: these alone, and no server.
    only_tools: IdSet | None = None

    def mask(self, corpus: Corpus) -> BoolArray:
        """Which rows of ``corpus`` may be found: shape (len(corpus),)."""
        found = self.servers.has(corpus.servers)
        found &= ~self.hidden_tools.has(corpus.tools)
        if self.partly is not None:
            found &= self.partly.mask(corpus)
        if self.only_tools is not None:
            found &= self.only_tools.has(corpus.tools)
        return found


def visible_to(principal: Principal) -> Visible:
    """What ``principal`` may find now: what ``Server.objects.visible_to`` and the tools' say."""
    now = timezone.now()
    # Read before the rows: a change in between makes the answer be worked out again, never old.
    stamp = AccessStamp.objects.current()
    return _remembered(_asker(principal)).visible(principal, stamp=stamp, now=now)


class _Asker(NamedTuple):
    """All that the rule looks at and that stands in no table that the stamp watches."""

    user_id: int | None
    is_administrator: bool
    scopes: tuple[Scope, ...] | None
    visitors_read: bool


def _asker(principal: Principal) -> _Asker:
    return _Asker(
        principal.user_id,
        principal.is_administrator,
        principal.scopes,
        settings.ANONYMOUS_READ,
    )


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What was visible under a stamp, and when that ends by itself."""

    stamp: str
    until: datetime | None
    visible: Visible

    def holds(self, stamp: str, now: datetime) -> bool:
        return self.stamp == stamp and (self.until is None or now < self.until)


class _Memory:
    """The last answer to one asker, which one thread works out while the others wait for it."""

    def __init__(self) -> None:
        self._answer: _Answer | None = None
        self._working = Lock()

    def visible(self, principal: Principal, *, stamp: str, now: datetime) -> Visible:
        return (self._kept(stamp, now) or self._worked_out(principal, stamp, now)).visible

    def _kept(self, stamp: str, now: datetime) -> _Answer | None:
        answer = self._answer
        return answer if answer and answer.holds(stamp, now) else None

    def _worked_out(self, principal: Principal, stamp: str, now: datetime) -> _Answer:
        with self._working:
            answer = self._kept(stamp, now) or _answer(principal, stamp, now)
            self._answer = answer
        return answer


@lru_cache(maxsize=MOST_PRINCIPALS)
def _remembered(asker: _Asker) -> _Memory:
    return _Memory()


def _answer(principal: Principal, stamp: str, now: datetime) -> _Answer:
    # What a principal has read of itself, its roles for instance, may be older than the stamp.
    fresh = replace(principal)
    until = _next_expiry(fresh, now)
    servers = IdSet.of(ids_of(Server.objects.visible_to(fresh)))
    visible = Visible(
        servers=servers,
        hidden_tools=_hidden_tools(stamp),
        partly=_partly_seen(fresh, servers) if fresh.has_grants_for_tools else None,
    )
    return _Answer(stamp=stamp, until=until, visible=visible)


def _next_expiry(principal: Principal, now: datetime) -> datetime | None:
    """When the first of the grants that count now will have expired."""
    if not principal.has_grants:
        return None
    held = Grant.objects.held_by(principal, now).order_by()
    first: datetime | None = held.aggregate(first=Min("expires_at"))["first"]
    return first


def _partly_seen(principal: Principal, servers: IdSet) -> PartlySeen:
    whole = Server.objects.allowed_to(principal, Action.VIEW, whole_servers=True)
    open_tools = Tool.objects.open_to(principal).filter(~whole.owning_the_row())
    partly = np.setdiff1d(servers.ids(), ids_of(whole), assume_unique=True)
    return PartlySeen(servers=IdSet.of(partly), tools=IdSet.of(ids_of(open_tools)))


@lru_cache(maxsize=1)
def _hidden_tools(stamp: str) -> IdSet:
    """The same for everybody, hence kept once for all who ask under this stamp."""
    return IdSet.of(ids_of(Tool.objects.not_current()))


def ids_of(rows: QuerySet[Any]) -> IdArray:
    """The ids of all these rows."""
    return np.fromiter(rows.order_by().values_list("pk", flat=True), dtype=np.int64)
