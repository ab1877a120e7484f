"""The tools of a server, made what one complete listing said."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts import audit
from registry_site.lib.canonical_json import fingerprint
from servers.models import Server, Tool
from servers.services.news import announce

# Characters of a tool's name and title (the specification asks for 128 at most).
LONGEST_TOOL_TEXT = 255
# A foreign server lists what it likes, at every check; the audit trail names this many tools.
MOST_NAMES_IN_AUDIT = 50


@dataclass(frozen=True, kw_only=True)
class ListedTool:
    """A tool as ``tools/list`` gave it: ``definition`` is the whole object, by its MCP names."""

    definition: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.definition["name"])

    @property
    def title(self) -> str:
        """What the tool calls itself, cut to the column: a foreign server wrote it."""
        annotations = self.definition.get("annotations")
        hinted = annotations.get("title") if isinstance(annotations, dict) else None
        return str(self.definition.get("title") or hinted or "")[:LONGEST_TOOL_TEXT]

    @property
    def description(self) -> str:
        return str(self.definition.get("description") or "")


@dataclass(kw_only=True)
class ToolChanges:
    """The names of the tools that one listing added, changed and no longer offers."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def facts(self) -> audit.Facts:
        """The changes in the audit trail: the first names of each kind, and how many there are."""
        return {
            kind: {"count": len(names), "names": names[:MOST_NAMES_IN_AUDIT]}
            for kind, names in asdict(self).items()
            if names
        }


@transaction.atomic
def record_tools(*, server_id: int, tools: Sequence[ListedTool], now: datetime) -> ToolChanges:
    """Make the tools of a server what one complete listing said; running it again changes nothing.

    The first of several tools of one name counts, and a tool whose name does not fit the
    specification by far (empty, over 255 characters) is left out. A server deleted in the
    meantime has no tools to record.
    """
    changes = write_tools(server_id=server_id, tools=tools, now=now)
    if changes:
        name = Server.objects.values_list("name", flat=True).get(pk=server_id)
        audit.record(action="server.tools", subject=name, after=changes.facts(), now=now)
        announce([server_id])
    return changes


def write_tools(*, server_id: int, tools: Sequence[ListedTool], now: datetime) -> ToolChanges:
    """``record_tools`` within the caller's transaction, for callers that tell of many at once."""
    changes = ToolChanges()
    if not _lock(server_id):
        return changes
    listed = _by_name(tools)
    known = {tool.name: tool for tool in Tool.objects.filter(server_id=server_id)}
    new = [tool for name, tool in listed.items() if name not in known]
    seen = [(known[name], tool) for name, tool in listed.items() if name in known]
    _write_new(server_id, new, changes, now)
    _write_seen(seen, changes, now)
    _write_gone([tool for name, tool in known.items() if name not in listed], changes, now)
    if changes:
        Server.objects.filter(pk=server_id).update(revision=F("revision") + 1, updated_at=now)
    return changes


def _lock(server_id: int) -> bool:
    """Let one transaction at a time change a server; whether the server exists at all."""
    return bool(Server.objects.select_for_update().filter(pk=server_id).values_list("pk"))


def _by_name(tools: Sequence[ListedTool]) -> dict[str, ListedTool]:
    listed: dict[str, ListedTool] = {}
    for tool in tools:
        if 0 < len(tool.name) <= LONGEST_TOOL_TEXT:
            listed.setdefault(tool.name, tool)
    return listed


def _write_new(
    server_id: int, tools: Sequence[ListedTool], changes: ToolChanges, now: datetime
) -> None:
    rows = [Tool(server_id=server_id, name=tool.name, first_seen_at=now) for tool in tools]
    for row, tool in zip(rows, tools, strict=True):
        _take_listing(row, tool, now)
    Tool.objects.bulk_create(rows)
    changes.added += [row.name for row in rows]


def _write_seen(
    pairs: Sequence[tuple[Tool, ListedTool]], changes: ToolChanges, now: datetime
) -> None:
    """Note that these tools are still there; write whole rows only of those that changed."""
    Tool.objects.filter(pk__in=[row.pk for row, _ in pairs]).update(last_seen_at=now)
    changed = [
        (row, tool)
        for row, tool in pairs
        if row.removed_at is not None or row.fingerprint != fingerprint(tool.definition)
    ]
    for row, tool in changed:
        (changes.added if row.removed_at else changes.changed).append(row.name)
        _take_listing(row, tool, now)
    Tool.objects.bulk_update([row for row, _ in changed], _LISTED_COLUMNS)


def _write_gone(rows: Sequence[Tool], changes: ToolChanges, now: datetime) -> None:
    gone = [row for row in rows if row.removed_at is None]
    Tool.objects.filter(pk__in=[row.pk for row in gone]).update(removed_at=now)
    changes.removed += [row.name for row in gone]


_LISTED_COLUMNS = (
    "title",
    "description",
    "definition",
    "fingerprint",
    "last_seen_at",
    "removed_at",
)


def _take_listing(row: Tool, tool: ListedTool, now: datetime) -> None:
    row.title = tool.title
    row.description = tool.description
    row.definition = tool.definition
    row.fingerprint = fingerprint(tool.definition)
    row.last_seen_at = now
    row.removed_at = None
