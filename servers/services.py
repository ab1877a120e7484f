"""What can be done with the catalogue. Every door (API, admin, command, task) comes here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.models import User
from registry_site.lib.canonical_json import fingerprint
from servers.documents import DocumentError, InvalidDocument, facts_of, validate_document
from servers.models import HealthState, Server, ServerVersion, Tag, Tool
from servers.signals import catalogue_changed
from servers.versions import Dated, latest_of

# Characters of a tool's name and title (the specification asks for 128 at most).
LONGEST_TOOL_TEXT = 255
# Characters of a tag and of a category, which the doors to these services check.
LONGEST_TAG = 50
LONGEST_CATEGORY = 100
# Characters of the reason of a health state.
LONGEST_REASON = 500


class ServerExists(Exception):
    """A server of this name, or of one that differs only in case, is registered already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"A server named {name!r} is already registered.")


class VersionIsPublished(Exception):
    """The version exists with another document; a published version never changes."""

    def __init__(self, name: str, version: str) -> None:
        super().__init__(
            f"Version {version!r} of {name!r} is published and cannot change: "
            "publish the change under a new version."
        )


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


class ServerChanges(TypedDict, total=False):
    """What the registry itself says of a server, beside its document."""

    tags: Sequence[str]
    category: str
    enabled: bool
    monitored: bool


# --- Servers and their versions ----------------------------------------------------------------


@transaction.atomic
def register_server(
    *,
    document: dict[str, Any],
    now: datetime,
    registered_by: User | None = None,
    tags: Iterable[str] = (),
    category: str = "",
    monitored: bool = True,
) -> Server:
    """Put a new server with its first version into the catalogue.

    Raises ``servers.documents.InvalidDocument`` (every error, with its path) and
    ``ServerExists``; nothing is written then.
    """
    validate_document(document)
    server = Server(
        name=document["name"],
        category=category,
        monitored=monitored,
        registered_by=registered_by,
        created_at=now,
        updated_at=now,
    )
    server.take_facts(facts_of(document))
    _insert(server)
    _add_version(server, document, now=now)
    server.tags.set(tags_named(tags))
    announce([server.pk])
    return server


@transaction.atomic
def publish_version(*, server: Server, document: dict[str, Any], now: datetime) -> ServerVersion:
    """Publish ``document`` under its own version; the same document again changes nothing.

    Raises ``servers.documents.InvalidDocument`` and ``VersionIsPublished``.
    """
    validate_document(document)
    if document["name"] != server.name:
        raise InvalidDocument([DocumentError("name", "name", f"must stay {server.name!r}.")])
    _refresh_locked(server)
    published = server.versions.filter(version=document["version"]).first()
    if published is None:
        published = _add_version(server, document, now=now)
        _refresh_facts(server, now=now)
        announce([server.pk])
    elif published.fingerprint != fingerprint(document):
        raise VersionIsPublished(server.name, published.version)
    return published


@transaction.atomic
def update_server(*, server: Server, changes: ServerChanges, now: datetime) -> None:
    """Change what the registry itself says of ``server``; what is equal already stays untouched."""
    _refresh_locked(server)
    columns = {column: value for column, value in changes.items() if column != "tags"}
    changed = {
        column: value for column, value in columns.items() if value != getattr(server, column)
    }
    for column, value in changed.items():
        setattr(server, column, value)
    tags_changed = "tags" in changes and _set_tags(server, changes["tags"])
    if changed or tags_changed:
        _touch(server, now=now)
        announce([server.pk])


@transaction.atomic
def change_server(
    *, server: Server, document: dict[str, Any], changes: ServerChanges, now: datetime
) -> None:
    """Publish ``document`` and make ``changes``, or neither.

    Raises ``servers.documents.InvalidDocument`` and ``VersionIsPublished``.
    """
    publish_version(server=server, document=document, now=now)
    update_server(server=server, changes=changes, now=now)


def set_enabled(*, server: Server, enabled: bool, now: datetime) -> None:
    """Show ``server`` to everybody again, or to nobody but staff."""
    update_server(server=server, changes={"enabled": enabled}, now=now)


@transaction.atomic
def delete_server(*, server: Server) -> None:
    """Remove ``server`` with its versions and tools for good."""
    server_id = server.pk
    server.delete()
    announce([server_id])


def _insert(server: Server) -> None:
    if Server.objects.filter(name__iexact=server.name).exists():
        raise ServerExists(server.name)
    try:
        with transaction.atomic():
            server.save(force_insert=True)
    except IntegrityError as error:  # somebody else was quicker
        raise ServerExists(server.name) from error


def _add_version(server: Server, document: dict[str, Any], *, now: datetime) -> ServerVersion:
    version = ServerVersion.objects.create(
        server=server,
        version=document["version"],
        document=document,
        fingerprint=fingerprint(document),
        published_at=now,
    )
    mark_latest(server)
    return version


def mark_latest(server: Server) -> None:
    """Put the mark of the latest version where it belongs."""
    dated = [Dated(*row) for row in server.versions.values_list("version", "published_at")]
    latest = latest_of(dated)
    server.versions.filter(is_latest=True).exclude(version=latest).update(is_latest=False)
    server.versions.filter(is_latest=False, version=latest).update(is_latest=True)


def _refresh_facts(server: Server, *, now: datetime) -> None:
    """Repeat the latest document in the columns of ``server``."""
    latest = server.versions.get(is_latest=True)
    server.take_facts(facts_of(latest.document))
    _touch(server, now=now)


def _touch(server: Server, *, now: datetime) -> None:
    """Save ``server`` with a new revision."""
    server.updated_at = now
    server.revision = F("revision") + 1
    server.save()
    server.refresh_from_db(fields=["revision"])


def _refresh_locked(server: Server) -> None:
    """Let one transaction at a time change ``server``, and let it see what the last one wrote."""
    server.refresh_from_db(from_queryset=Server.objects.select_for_update())


def _lock(server_id: int) -> bool:
    """Let one transaction at a time change a server; whether the server exists at all."""
    return bool(Server.objects.select_for_update().filter(pk=server_id).values_list("pk"))


# --- Tags --------------------------------------------------------------------------------------


def tags_named(names: Iterable[str]) -> list[Tag]:
    """The tags of these names, made where they do not exist; in lower case, without repeats."""
    wanted = {name for each in names if (name := each.strip().lower())}
    Tag.objects.bulk_create([Tag(name=name) for name in sorted(wanted)], ignore_conflicts=True)
    return list(Tag.objects.filter(name__in=wanted))


def _set_tags(server: Server, names: Iterable[str]) -> bool:
    """Give ``server`` exactly these tags; whether that changed anything."""
    wanted = tags_named(names)
    changed = set(wanted) != set(server.tags.all())
    if changed:
        server.tags.set(wanted)
    return changed


# --- Tools -------------------------------------------------------------------------------------


@transaction.atomic
def record_tools(*, server_id: int, tools: Sequence[ListedTool], now: datetime) -> ToolChanges:
    """Make the tools of a server what one complete listing said; running it again changes nothing.

    The first of several tools of one name counts, and a tool whose name does not fit the
    specification by far (empty, over 255 characters) is left out. A server deleted in the
    meantime has no tools to record.
    """
    changes = write_tools(server_id=server_id, tools=tools, now=now)
    if changes:
        announce([server_id])
    return changes


def write_tools(*, server_id: int, tools: Sequence[ListedTool], now: datetime) -> ToolChanges:
    """``record_tools`` within the caller's transaction, for callers that announce many at once."""
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


# --- Health and news ---------------------------------------------------------------------------


def record_health_summary(
    *,
    server_id: int,
    state: HealthState,
    reason: str,
    since: datetime | None,
    checked_at: datetime | None,
    latency_ms: float | None,
) -> None:
    """Keep what ``healthchecks`` found where lists can filter on it; not a change of the server."""
    Server.objects.filter(pk=server_id).update(
        health_state=state,
        health_reason=reason[:LONGEST_REASON],
        health_since=since,
        health_checked_at=checked_at,
        health_latency_ms=latency_ms,
    )


def announce(server_ids: Sequence[int]) -> None:
    """Tell whoever listens, once the transaction is committed; a failing listener stops nobody."""
    transaction.on_commit(
        lambda: catalogue_changed.send_robust(sender=Server, server_ids=list(server_ids)),
        robust=True,
    )
