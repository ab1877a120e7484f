"""Writes what was read, in batches of whole servers, each batch one transaction.

Neither a person's tags and category nor the tools that a check listed give way to a file.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import Team
from registry_site.lib.canonical_json import fingerprint
from registry_site.lib.progress import Progress
from servers.access import Visibility
from servers.documents import facts_of, repair_document
from servers.importing.report import ImportEntry, ImportReport, Remark
from servers.models import Server, ServerVersion
from servers.services import ListedTool, ToolChanges, announce, tags_named, write_tools
from servers.versions import Dated, latest_of

# Servers written in one transaction: others wait for it for some tenths of a second.
BATCH = 200


@dataclass(frozen=True, kw_only=True)
class Newcomers:
    """What the registry says of servers that are new; those it has stay as they are."""

    team: Team
    visibility: Visibility = Visibility.TEAM
    monitored: bool = True


@dataclass(kw_only=True)
class _Plan:
    """What is to be written of one server; nothing where it has neither versions nor tools."""

    server: Server
    is_new: bool
    entries: list[ImportEntry]
    versions: list[ServerVersion] = field(default_factory=list)
    new_latest: bool = False
    tool_changes: ToolChanges = field(default_factory=ToolChanges)

    @property
    def is_change(self) -> bool:
        return bool(self.versions) or bool(self.tool_changes)

    def facts(self) -> audit.Facts:
        """What the import did to the server, for the audit trail."""
        said: audit.Facts = {"versions": [row.version for row in self.versions]}
        if self.is_new:
            said |= {"team": self.server.team.slug, "visibility": str(self.server.visibility)}
        return said | ({"tools": self.tool_changes.facts()} if self.tool_changes else {})

    @property
    def tools(self) -> list[ListedTool]:
        """What the last entry with tools lists, unless a check has listed the real ones."""
        listed = [list(entry.tools) for entry in self.entries if entry.tools]
        return listed[-1] if listed and self.server.health_checked_at is None else []


def import_entries(
    entries: Sequence[ImportEntry],
    *,
    now: datetime,
    newcomers: Newcomers,
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
        _import_batch(batch, now=now, newcomers=newcomers, report=report)
        progress.advance(sum(map(len, batch)))


@transaction.atomic
def _import_batch(
    groups: Sequence[list[ImportEntry]],
    *,
    now: datetime,
    newcomers: Newcomers,
    report: ImportReport,
) -> None:
    known = _known_servers([group[0].document["name"].lower() for group in groups])
    plans = [
        _plan(group, known.get(group[0].document["name"].lower()), now, newcomers, report)
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
        facts = {plan.server.name: plan.facts() for plan in changed}
        audit.record_many(action="server.import", after=facts, now=now)
        announce([plan.server.pk for plan in changed])


def _known_servers(lowered: Sequence[str]) -> dict[str, Server]:
    servers = Server.objects.filter(name_key__in=lowered)
    rows = servers.select_for_update().prefetch_related("versions", "tools")
    return {server.name.lower(): server for server in rows}


def _plan(
    entries: list[ImportEntry],
    known: Server | None,
    now: datetime,
    newcomers: Newcomers,
    report: ImportReport,
) -> _Plan:
    name = known.name if known else entries[0].document["name"]
    server = known or Server(
        name=name,
        category=next((entry.category for entry in entries if entry.category), ""),
        team=newcomers.team,
        visibility=newcomers.visibility,
        monitored=newcomers.monitored,
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
    elif present.fingerprint == digest or _read_again(present) == document:
        report.unchanged += 1
    else:
        text = "is published with another document, which stays."
        report.conflicts.append(Remark(entry.label, text))


def _read_again(published: ServerVersion) -> dict[str, Any]:
    """What the export of a published document is when it is imported: repaired like any other."""
    return repair_document(published.document)[0]


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
            plan.tool_changes = write_tools(server_id=plan.server.pk, tools=plan.tools, now=now)


def _tools_differ(plan: _Plan) -> bool:
    if plan.is_new:
        return True
    present = {tool.fingerprint for tool in plan.server.tools.all() if tool.removed_at is None}
    return present != {fingerprint(tool.definition) for tool in plan.tools}
