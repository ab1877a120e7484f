"""What is to be done with one server, from what was read and what is there; writes nothing.

Neither a person's tags and category, nor the tools that a check listed, nor a status that a person
decided here give way to a file or a source.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts import audit
from accounts.models import Team
from registry_site.lib.canonical_json import fingerprint
from servers.access import Visibility
from servers.documents import facts_of, repair_document
from servers.importing.report import Change, ChangeKind, ImportEntry, ImportReport, Remark
from servers.models import ReviewState, Server, ServerVersion, Source, Status
from servers.services import ListedTool, is_listed, latest_version_of

# Versions that a line about a server names.
MOST_NAMED = 10


@dataclass(frozen=True, kw_only=True)
class Newcomers:
    """What the registry says of servers that are new; those it has stay as they are."""

    team: Team
    visibility: Visibility = Visibility.TEAM
    monitored: bool = True


@dataclass(frozen=True)
class StatusChange:
    """A status that a source gives to a version that is here."""

    version: ServerVersion
    status: Status
    message: str


@dataclass(kw_only=True)
class ServerPlan:
    """What is to be written of one server; nothing where all of it is as it should be."""

    server: Server
    is_new: bool
    entries: list[ImportEntry]
    adopted_by: Source | None = None
    versions: list[ServerVersion] = field(default_factory=list)
    statuses: list[StatusChange] = field(default_factory=list)
    # Here already, and now known to be at the source, too: not a change of the server.
    confirmed: list[StatusChange] = field(default_factory=list)
    new_latest: bool = False
    comes_back: bool = False
    tools: list[ListedTool] = field(default_factory=list)

    @property
    def writes_server(self) -> bool:
        """Whether the server's own row is to be written."""
        return bool(self.versions) or self.adopted_by is not None

    def facts(self) -> audit.Facts:
        """What the import does to the server, for the audit trail."""
        said: audit.Facts = {
            "versions": [row.version for row in self.versions],
            "edition": self.server.edition,
        }
        if self.is_new:
            said |= {"team": self.server.team.slug, "visibility": str(self.server.visibility)}
        return said | ({"source": self.server.source.name} if self.server.source else {})


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Plans server by server and tells ``report`` of it.

    Without a ``source`` it is an import of a person's: it adds versions, and no more than that.
    """

    now: datetime
    newcomers: Newcomers
    report: ImportReport
    source: Source | None = None

    def plan(self, entries: list[ImportEntry], known: Server | None) -> ServerPlan:
        """What to do with the one server that all ``entries`` are about."""
        plan = ServerPlan(
            server=known or self._newcomer(entries), is_new=known is None, entries=entries
        )
        reason = self._why_left_alone(known) if known else None
        if reason:
            self.report.skipped.append(Remark(plan.server.name, reason))
            return plan
        if known and self.source and known.source_id is None:
            plan.adopted_by = plan.server.source = self.source
        there = {row.version: row for row in known.versions.all()} if known else {}
        for entry in entries:
            self._plan_version(plan, entry, there)
        if plan.versions:
            _show_latest(plan, list(there.values()))
        if plan.versions or known:
            plan.tools = _tools_to_list(plan)
        self._tell(plan)
        return plan

    def _newcomer(self, entries: Sequence[ImportEntry]) -> Server:
        return Server(
            name=entries[0].document["name"],
            category=next((entry.category for entry in entries if entry.category), ""),
            team=self.newcomers.team,
            visibility=self.newcomers.visibility,
            monitored=self.newcomers.monitored,
            source=self.source,
            created_at=self.now,
            updated_at=self.now,
        )

    def _why_left_alone(self, server: Server) -> str | None:
        """The reason why nothing of ``server`` may change, if there is one."""
        if server.deleted_at is not None and not (self.source and server.deleted_by_source):
            return "is deleted here, and stays so until somebody restores it."
        if self.source is None:
            return None
        if server.pinned:
            return "is pinned here."
        if server.source is not None and server.source != self.source:
            return f"is mirrored from {server.source}."
        if server.source is None and self.source.conflict == Source.Conflict.KEEP:
            return "is here already, and not from this source."
        return None

    def _plan_version(
        self, plan: ServerPlan, entry: ImportEntry, there: dict[str, ServerVersion]
    ) -> None:
        """Add the entry's version to ``plan`` and to what is ``there``, or say why not."""
        present = there.get(entry.document["version"])
        if entry.document["name"] != plan.server.name:
            text = f"differs only in case from {plan.server.name}."
            self.report.refused.append(Remark(entry.label, text))
        elif present is None and entry.status == Status.DELETED:
            self.report.unchanged += 1  # gone there, and never was here
        elif present is None:
            row = self._new_version(plan.server, entry)
            there[row.version] = row
            plan.versions.append(row)
        elif _says_the_same(present, entry.document):
            self.report.unchanged += 1
            self._plan_status(plan, entry, present)
        else:
            text = "is published with another document, which stays."
            self.report.conflicts.append(Remark(entry.label, text))

    def _new_version(self, server: Server, entry: ImportEntry) -> ServerVersion:
        published_at = entry.published_at or self.now
        return ServerVersion(
            server=server,
            version=entry.document["version"],
            document=entry.document,
            fingerprint=fingerprint(entry.document),
            repairs=entry.repairs,
            published_at=published_at,
            updated_at=self.now,
            review_state=ReviewState.APPROVED,
            status=entry.status,
            status_message=entry.status_message,
            status_changed_at=entry.status_changed_at or published_at,
            source_status=entry.status if self.source else "",
        )

    def _plan_status(self, plan: ServerPlan, entry: ImportEntry, present: ServerVersion) -> None:
        """Follow the source's status, unless it says again what a person decided against."""
        if self.source is None or present.pk is None:
            return
        if present.review_state != ReviewState.APPROVED:
            self.report.skipped.append(Remark(entry.label, "is here, but not approved."))
            return
        said = StatusChange(present, entry.status, entry.status_message)
        decided_here = present.source_status == entry.status
        if present.status == entry.status:
            reworded = entry.status == Status.DEPRECATED and decided_here
            if reworded and present.status_message != entry.status_message:
                plan.statuses.append(said)
            elif not present.source_status:
                plan.confirmed.append(said)
        elif decided_here:
            text = f"is {entry.status} there and {present.status} here, where somebody decided so."
            self.report.skipped.append(Remark(entry.label, text))
        else:
            plan.statuses.append(said)

    def _tell(self, plan: ServerPlan) -> None:
        """Count and name what ``plan`` does."""
        report, name = self.report, plan.server.name
        kind = ChangeKind.CREATE if plan.is_new else ChangeKind.UPDATE
        if plan.writes_server or plan.tools:
            report.servers_created += plan.is_new
            report.servers_updated += not plan.is_new
            report.versions_created += len(plan.versions)
            report.changes.append(Change(kind, name, _in_words(plan)))
        for change in plan.statuses:
            text = f"{change.version.version} is {change.status}"
            report.changes.append(Change(ChangeKind.STATUS, name, text))
        report.statuses_changed += len(plan.statuses)


def _says_the_same(present: ServerVersion, document: dict[str, Any]) -> bool:
    """Whether ``document`` is the one that is here, or what an import makes of that one."""
    if present.fingerprint == fingerprint(document):
        return True
    return repair_document(present.document)[0] == document


def _show_latest(plan: ServerPlan, versions: Sequence[ServerVersion]) -> None:
    """Let the server say what its latest version says."""
    latest = latest_version_of(versions)
    plan.server.published = any(map(is_listed, versions))
    if plan.server.published and plan.server.deleted_at is not None:
        plan.comes_back = True
        plan.server.deleted_at, plan.server.deleted_by_source = None, False
    if latest in plan.versions:
        plan.new_latest = latest.is_latest = True
        plan.server.take_facts(facts_of(latest.document))


def _tools_to_list(plan: ServerPlan) -> list[ListedTool]:
    """What the last entry with tools lists, unless a check has listed the real ones or no other."""
    listed = [list(entry.tools) for entry in plan.entries if entry.tools]
    if not listed or plan.server.health_checked_at is not None:
        return []
    tools = listed[-1]
    if plan.is_new:
        return tools
    present = {tool.fingerprint for tool in plan.server.tools.all() if tool.removed_at is None}
    return tools if present != {fingerprint(tool.definition) for tool in tools} else []


def _in_words(plan: ServerPlan) -> str:
    names = [row.version for row in plan.versions]
    parts = [", ".join(names[:MOST_NAMED])] if names else []
    if len(names) > MOST_NAMED:
        parts.append(f"and {len(names) - MOST_NAMED} more versions")
    if plan.adopted_by:
        parts.append(f"taken over by {plan.adopted_by}")
    if plan.tools:
        parts.append(f"{len(plan.tools)} tools")
    return " ".join(parts)
