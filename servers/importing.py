"""Many servers at once from files: the official registry's export, documents, tool catalogues.

Two steps that do not mix. ``read_entries`` reads, repairs and checks everything and writes
nothing; ``import_entries`` writes in batches of whole servers, each batch one transaction, so
that an import that was killed is finished by running it again. What is in the catalogue already
is left alone: running the same import twice changes nothing.

Neither a person's tags and category nor the tools that a check listed give way to a file.
"""

import gzip
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from django.db import transaction
from django.db.models.functions import Lower
from django.utils.dateparse import parse_datetime

from registry_site.lib.canonical_json import canonical_bytes, fingerprint
from registry_site.lib.json_body import DEEPEST_NESTING, nesting_exceeds
from registry_site.lib.progress import Progress
from servers.documents import (
    InvalidDocument,
    facts_of,
    from_catalogue,
    is_catalogue_entry,
    repair_document,
    validate_document,
)
from servers.models import Server, ServerVersion
from servers.services import ListedTool, announce, tags_named, write_tools
from servers.versions import Dated, latest_of

OFFICIAL_META = "io.modelcontextprotocol.registry/official"
# Servers written in one transaction: others wait for it for some tenths of a second.
BATCH = 200

# The first two bytes of a compressed file.
GZIP = b"\x1f\x8b"


class UnreadableFile(Exception):
    """A file that cannot be imported at all; says which and why."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")


class _Unusable(Exception):
    """One entry that cannot be imported; says why."""


@dataclass(frozen=True, kw_only=True)
class ImportEntry:
    """One valid document with what came beside it."""

    document: dict[str, Any]
    repairs: list[str]
    published_at: datetime | None = None
    tags: Sequence[str] = ()
    category: str = ""
    tools: Sequence[ListedTool] = ()

    @property
    def label(self) -> str:
        return f"{self.document['name']} {self.document['version']}"


@dataclass(frozen=True)
class Remark:
    """Something to be told of one entry."""

    label: str
    text: str


@dataclass(kw_only=True)
class ImportReport:
    """What an import found and did; ``read`` counts documents."""

    read: int = 0
    servers_created: int = 0
    servers_updated: int = 0
    versions_created: int = 0
    unchanged: int = 0
    repaired: list[Remark] = field(default_factory=list)
    conflicts: list[Remark] = field(default_factory=list)
    refused: list[Remark] = field(default_factory=list)


# --- Reading -----------------------------------------------------------------------------------


def read_entries(
    paths: Sequence[Path], *, report: ImportReport, progress: Progress
) -> list[ImportEntry]:
    """Every valid entry of the files; repairs and refusals go to ``report``.

    Raises ``UnreadableFile`` for the first file that holds nothing of a known shape.
    """
    found = [(path, index, value) for path in paths for index, value in enumerate(_load(path), 1)]
    progress.total(len(found))
    entries = []
    for path, index, value in found:
        try:
            entry = _entry(value)
        except _Unusable as error:
            report.refused.append(Remark(f"{path.name}, entry {index}{_named(value)}", str(error)))
        else:
            report.repaired += [Remark(entry.label, repair) for repair in entry.repairs]
            entries.append(entry)
        progress.advance()
    report.read += len(found)
    return entries


def _load(path: Path) -> list[Any]:
    """The entries of one file, of whichever known shape."""
    try:
        packed = path.read_bytes()
        content = orjson.loads(gzip.decompress(packed) if packed[:2] == GZIP else packed)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None)
        raise UnreadableFile(path, reason or f"cannot be read: {error}") from error
    except orjson.JSONDecodeError as error:
        raise UnreadableFile(path, f"not JSON: {error}") from error
    values = content.get("servers", [content]) if isinstance(content, dict) else content
    if not isinstance(values, list) or not any(_is_known_shape(value) for value in values):
        raise UnreadableFile(
            path, "holds no server: expected a server.json, an export of a registry or a catalogue"
        )
    return values


def _is_known_shape(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    wrapped = isinstance(value.get("server"), dict)
    bare = "name" in value and bool(value.keys() & {"$schema", "version", "packages", "remotes"})
    return wrapped or bare or is_catalogue_entry(value)


def _named(value: Any) -> str:
    """The name of an entry that cannot be used, where it has one."""
    document = value.get("server", value) if isinstance(value, dict) else None
    name = document.get("name") if isinstance(document, dict) else None
    return f" ({name})" if isinstance(name, str) else ""


def _entry(value: Any) -> ImportEntry:
    """The entry in ``value``, repaired and valid. Raises ``_Unusable``."""
    if not _is_known_shape(value):
        raise _Unusable("neither a server.json nor an entry of a registry or a catalogue.")
    if nesting_exceeds(value, DEEPEST_NESTING):
        raise _Unusable(f"nested deeper than {DEEPEST_NESTING} levels.")
    if b"\\u0000" in canonical_bytes(value):
        raise _Unusable("the character U+0000 cannot be stored.")
    if isinstance(value.get("server"), dict):
        return _official_entry(value)
    if is_catalogue_entry(value):
        return _catalogue_entry(value)
    return _checked(value)


def _official_entry(value: dict[str, Any]) -> ImportEntry:
    meta = value.get("_meta")
    official = meta.get(OFFICIAL_META) if isinstance(meta, dict) else None
    stated = official if isinstance(official, dict) else {}
    if stated.get("status") == "deleted":
        raise _Unusable("deleted in the registry it comes from.")
    return _checked(value["server"], published_at=_moment(stated.get("publishedAt")))


def _catalogue_entry(value: dict[str, Any]) -> ImportEntry:
    found = from_catalogue(value)
    return _checked(
        found.document,
        notes=found.notes,
        tags=found.tags,
        category=found.category,
        tools=[ListedTool(definition=definition) for definition in found.tools],
    )


def _checked(document: dict[str, Any], *, notes: Sequence[str] = (), **beside: Any) -> ImportEntry:
    repaired, repairs = repair_document(document)
    try:
        validate_document(repaired)
    except InvalidDocument as error:
        raise _Unusable(str(error)) from error
    return ImportEntry(document=repaired, repairs=[*notes, *repairs], **beside)


def _moment(text: Any) -> datetime | None:
    """The RFC 3339 moment in ``text``, or ``None`` where it is none."""
    try:
        moment = parse_datetime(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


# --- Writing -----------------------------------------------------------------------------------


@dataclass(kw_only=True)
class _Plan:
    """What is to be written of one server; nothing where it has neither versions nor tools."""

    server: Server
    is_new: bool
    entries: list[ImportEntry]
    versions: list[ServerVersion] = field(default_factory=list)
    new_latest: bool = False
    new_tools: bool = False

    @property
    def is_change(self) -> bool:
        return bool(self.versions) or self.new_tools

    @property
    def tools(self) -> list[ListedTool]:
        """What the last entry with tools lists, unless a check has listed the real ones."""
        listed = [list(entry.tools) for entry in self.entries if entry.tools]
        return listed[-1] if listed and self.server.health_checked_at is None else []


def import_entries(
    entries: Sequence[ImportEntry],
    *,
    now: datetime,
    monitored: bool,
    report: ImportReport,
    progress: Progress,
) -> None:
    """Write ``entries``; what is already there under the same version stays as it is."""
    by_server: dict[str, list[ImportEntry]] = defaultdict(list)
    for entry in entries:
        by_server[entry.document["name"].lower()].append(entry)
    groups = list(by_server.values())
    progress.total(len(entries))
    for start in range(0, len(groups), BATCH):
        batch = groups[start : start + BATCH]
        _import_batch(batch, now=now, monitored=monitored, report=report)
        progress.advance(sum(map(len, batch)))


@transaction.atomic
def _import_batch(
    groups: Sequence[list[ImportEntry]], *, now: datetime, monitored: bool, report: ImportReport
) -> None:
    known = _known_servers([group[0].document["name"].lower() for group in groups])
    plans = [
        _plan(group, known.get(group[0].document["name"].lower()), now, monitored, report)
        for group in groups
    ]
    written = [plan for plan in plans if plan.versions]
    _write_servers(written, now=now)
    ServerVersion.objects.bulk_create([row for plan in written for row in plan.versions])
    _write_tags([plan for plan in written if plan.is_new])
    _write_tools(plans, now=now)
    changed = [plan for plan in plans if plan.is_change]
    report.servers_created += sum(plan.is_new for plan in changed)
    report.servers_updated += sum(not plan.is_new for plan in changed)
    report.versions_created += sum(len(plan.versions) for plan in changed)
    if changed:
        announce([plan.server.pk for plan in changed])


def _known_servers(lowered: Sequence[str]) -> dict[str, Server]:
    servers = Server.objects.annotate(lowered=Lower("name")).filter(lowered__in=lowered)
    rows = servers.select_for_update().prefetch_related("versions", "tools")
    return {server.name.lower(): server for server in rows}


def _plan(
    entries: list[ImportEntry],
    known: Server | None,
    now: datetime,
    monitored: bool,
    report: ImportReport,
) -> _Plan:
    name = known.name if known else entries[0].document["name"]
    server = known or Server(
        name=name,
        category=next((entry.category for entry in entries if entry.category), ""),
        monitored=monitored,
        created_at=now,
        updated_at=now,
    )
    plan = _Plan(server=server, is_new=known is None, entries=entries)
    there = {row.version: row for row in known.versions.all()} if known else {}
    for entry in entries:
        _plan_version(plan, entry, there, now, report)
    if plan.versions:
        latest = latest_of([Dated(row.version, row.published_at) for row in there.values()])
        plan.new_latest = _mark_latest(plan, there[latest])
    return plan


def _plan_version(
    plan: _Plan,
    entry: ImportEntry,
    there: dict[str, ServerVersion],
    now: datetime,
    report: ImportReport,
) -> None:
    """Add the entry's version to ``plan`` and to what is ``there``, or say why not."""
    document, digest = entry.document, fingerprint(entry.document)
    present = there.get(document["version"])
    if document["name"] != plan.server.name:
        text = f"differs only in case from {plan.server.name}."
        report.refused.append(Remark(entry.label, text))
    elif present is None:
        row = ServerVersion(
            server=plan.server,
            version=document["version"],
            document=document,
            fingerprint=digest,
            repairs=entry.repairs,
            published_at=entry.published_at or now,
        )
        there[row.version] = row
        plan.versions.append(row)
    elif present.fingerprint == digest:
        report.unchanged += 1
    else:
        text = "is published with another document, which stays."
        report.conflicts.append(Remark(entry.label, text))


def _mark_latest(plan: _Plan, latest: ServerVersion) -> bool:
    """Let the server say what its latest version says; whether that is one of the new ones."""
    if latest not in plan.versions:
        return False
    latest.is_latest = True
    plan.server.take_facts(facts_of(latest.document))
    return True


_WRITTEN_COLUMNS = (
    "title",
    "description",
    "website_url",
    "repository_url",
    "transport",
    "endpoint_url",
    "revision",
    "updated_at",
)


def _write_servers(plans: Sequence[_Plan], *, now: datetime) -> None:
    Server.objects.bulk_create([plan.server for plan in plans if plan.is_new])
    known = [plan.server for plan in plans if not plan.is_new]
    for server in known:
        server.revision += 1
        server.updated_at = now
    Server.objects.bulk_update(known, _WRITTEN_COLUMNS)
    outdated = [plan.server for plan in plans if plan.new_latest and not plan.is_new]
    ServerVersion.objects.filter(server__in=outdated).update(is_latest=False)


def _write_tags(plans: Sequence[_Plan]) -> None:
    wanted = {plan.server.pk: {tag for e in plan.entries for tag in e.tags} for plan in plans}
    tags = {
        tag.name: tag.pk for tag in tags_named({tag for tags in wanted.values() for tag in tags})
    }
    through = Server.tags.through
    through.objects.bulk_create(
        through(server_id=server_id, tag_id=tags[name])
        for server_id, names in wanted.items()
        for name in sorted(names)
    )


def _write_tools(plans: Sequence[_Plan], *, now: datetime) -> None:
    for plan in plans:
        if plan.tools and _tools_differ(plan):
            write_tools(server_id=plan.server.pk, tools=plan.tools, now=now)
            plan.new_tools = True


def _tools_differ(plan: _Plan) -> bool:
    if plan.is_new:
        return True
    present = {tool.fingerprint for tool in plan.server.tools.all() if tool.removed_at is None}
    return present != {fingerprint(tool.definition) for tool in plan.tools}
