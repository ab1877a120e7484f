"""What the results of a search can be narrowed by, and counted by.

Filters are conditions in SQL, asked of the whole catalogue where there are any; what they leave is
laid over what the principal may find, before the best are taken. How relevant something is does
not depend on them: a facet says how many of the results its value would leave.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F, FilteredRelation, Min, Q, QuerySet, Window
from django.db.models.functions import Upper

from accounts.models import User
from accounts.services import Principal
from search.id_sets import IdSet
from search.matches import Kind
from search.visibility import Visible, ids_of
from servers.models import LONGEST_NAME, Effect, HealthState, Server, Status, Tool, Transport
from servers.services import (
    LONGEST_CATEGORY,
    LONGEST_LABEL,
    LONGEST_LABEL_KEY,
    LONGEST_TAG,
    LONGEST_TOOL_TEXT,
    InvalidLabels,
    check_label_key,
)

LONGEST_PACKAGE_TYPE = 50
# Of each facet: some are anybody's words.
MOST_VALUES = 20

LONGEST = {
    "tag": LONGEST_TAG,
    "label": LONGEST_LABEL_KEY + 1 + LONGEST_LABEL,
    "category": LONGEST_CATEGORY,
    "package_type": LONGEST_PACKAGE_TYPE,
    "owner": User._meta.get_field("username").max_length or 0,
    "server": LONGEST_NAME,
    "has_tool": LONGEST_TOOL_TEXT,
}
_KNOWN = {
    "transport": [value for value in Transport.values if value],
    "health": HealthState.values,
    "status": Status.values,
}


class InvalidFilter(ValueError):
    """A filter that nothing could fit; ``name`` says which."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name = name


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Each narrows further; what is empty or ``None`` does not.

    What is asked with them raises ``InvalidFilter`` where they make no sense.
    """

    tag: str = ""
    # ``key:value``, or a key whatever its value.
    label: str = ""
    category: str = ""
    transport: str = ""
    package_type: str = ""
    health: str = ""
    owner: str = ""
    status: str = ""
    # The server of this name, and its tools.
    server: str = ""
    # Servers that offer a tool of this name.
    has_tool: str = ""
    # Tools by the hints they give about themselves (MCP specification, tool annotations).
    read_only: bool | None = None
    destructive: bool | None = None

    @property
    def of_tools_alone(self) -> bool:
        """Whether only tools can fit: a server gives no hints about itself."""
        return self.read_only is not None or self.destructive is not None

    def narrow_servers(self, servers: QuerySet[Server], principal: Principal) -> QuerySet[Server]:
        """Those of ``servers`` that fit, for ``principal``, who sees them."""
        self._check()
        for name, condition in _CONDITIONS.items():
            if said := getattr(self, name):
                servers = condition(servers, said, principal)
        return servers

    def narrow_tools(self, tools: QuerySet[Tool]) -> QuerySet[Tool]:
        """Those of ``tools`` that fit, as far as it is not about their servers."""
        if not self.of_tools_alone:
            return tools
        return tools.filter(effect__in=[effect for effect in Effect if self._allow(effect)])

    def _check(self) -> None:
        for name, longest in LONGEST.items():
            _check_text(name, getattr(self, name), longest)
        for name, known in _KNOWN.items():
            _check_known(name, getattr(self, name), known)
        if self.label:
            _check_label(self.label)

    def _allow(self, effect: Effect) -> bool:
        hints = (self.read_only, Effect.READ_ONLY), (self.destructive, Effect.DESTRUCTIVE)
        return all(wanted is None or wanted == (effect is hint) for wanted, hint in hints)


NO_FILTERS = Filters()

# What each filter asks of servers. Any: the querysets are those of another app.
_CONDITIONS: dict[str, Callable[[Any, str, Principal], Any]] = {
    "tag": lambda servers, tag, _: servers.filter(tags__name__iexact=tag),
    "label": lambda servers, label, _: servers.labelled(label),
    "category": lambda servers, category, _: servers.filter(category__iexact=category),
    "transport": lambda servers, transport, _: servers.filter(transport=transport),
    "package_type": lambda servers, package_type, _: servers.packaged_for(package_type),
    "health": lambda servers, state, _: servers.filter(health_state=state),
    "owner": lambda servers, username, principal: servers.owned_by(username, principal),
    "status": lambda servers, status, _: servers.of_status(status),
    "server": lambda servers, name, _: servers.filter(name_key=name.lower()),
    "has_tool": lambda servers, name, principal: servers.offering(name, principal),
}


def narrowed(visible: Visible, filters: Filters, principal: Principal) -> Visible:
    """What of ``visible``, which ``principal`` sees, fits all ``filters``: two queries at most."""
    if any(getattr(filters, name) for name in _CONDITIONS):
        fitting = filters.narrow_servers(Server.objects.all(), principal)
        visible = replace(visible, servers=visible.servers & IdSet.of(ids_of(fitting)))
    if filters.of_tools_alone:
        visible = replace(
            visible, only_tools=IdSet.of(ids_of(filters.narrow_tools(Tool.objects.all())))
        )
    return visible


@dataclass(frozen=True)
class Facet:
    """A value to narrow by, its label for people and how many results have it."""

    value: str
    label: str
    total: int


def facets_of(results: Iterable[tuple[int, int]]) -> dict[str, list[Facet]]:
    """By what results (the ids of server and tool, 0 for none) could be narrowed; one query.

    By the name of each filter the values that occur, the most frequent first.
    """
    kinds: Counter[str] = Counter()
    results_of: Counter[int] = Counter()
    for server, tool in results:
        kinds[Kind.TOOL if tool else Kind.SERVER] += 1
        results_of[server] += 1
    totals = {"type": kinds} | {name: Counter[str]() for name in _COUNTED}
    # A set: a server with two tags comes in two rows.
    for name, value, server in {said for row in _rows_of(results_of) for said in _sayings(row)}:
        totals[name][value] += results_of[server]
    return {name: _most_frequent(counted, name) for name, counted in totals.items()}


def _rows_of(servers: Iterable[int]) -> Iterable[dict[str, Any]]:
    """What there is to count, in a row for each server and tag of it."""
    # Of spellings that the filter takes for one, one is shown.
    spelling = Window(Min("category"), partition_by=Upper("category"))
    latest = FilteredRelation("versions", condition=Q(versions__is_latest=True))
    rows: QuerySet[Any, Any] = Server.objects.filter(pk__in=list(servers)).alias(latest=latest)
    columns = ("transport", "health_state", "labels", "package_types", "tags__name")
    said = {"said_category": spelling, "said_status": F("latest__status")}
    return rows.order_by().values("pk", *columns, **said)


def _sayings(row: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """The filters that the server of a row fits: name, value and its id."""
    said = {name: [row[column]] for name, column in _COLUMNS.items()}
    said["package_type"] = list(row["package_types"])
    said["label"] = [text for key, of in row["labels"].items() for text in (key, f"{key}:{of}")]
    return ((name, value, row["pk"]) for name, values in said.items() for value in values if value)


_COLUMNS = {
    "category": "said_category",
    "tag": "tags__name",
    "transport": "transport",
    "health": "health_state",
    "status": "said_status",
}
_COUNTED = (*_COLUMNS, "package_type", "label")
_LABELS: dict[str, dict[str, str]] = {
    "transport": dict(Transport.choices),
    "health": dict(HealthState.choices),
    "status": dict(Status.choices),
}


def _most_frequent(counted: Counter[str], name: str) -> list[Facet]:
    by_frequency = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    labels = _LABELS.get(name, {})
    return [
        Facet(value, labels.get(value, value), total) for value, total in by_frequency[:MOST_VALUES]
    ]


def _check_text(name: str, value: str, longest: int) -> None:
    if len(value) > longest:
        raise InvalidFilter(name, f"{len(value)} characters; {longest} are the most.")
    if "\0" in value:
        raise InvalidFilter(name, "Null characters are not allowed.")


def _check_known(name: str, value: str, known: list[str]) -> None:
    if value and value not in known:
        raise InvalidFilter(name, f"{value!r} is none of {', '.join(known)}.")


def _check_label(label: str) -> None:
    try:
        check_label_key(label.partition(":")[0])
    except InvalidLabels as error:
        raise InvalidFilter("label", str(error)) from error
