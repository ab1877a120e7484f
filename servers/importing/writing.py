"""Writes what was read, in batches of whole servers, each batch one transaction."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Prefetch

from accounts import audit
from registry_site.lib.progress import Progress
from servers.documents import remote_urls
from servers.importing.neighbours import Neighbours
from servers.importing.planning import Newcomers, Planner, ServerPlan
from servers.importing.report import ImportEntry, ImportReport
from servers.models import (
    Event,
    Server,
    ServerVersion,
    Source,
    Status,
    Tool,
    Webhook,
)
from servers.scanning.recording import record_findings_of_many
from servers.services import (
    announce,
    emit,
    set_status,
    tags_named,
    wake_drafts,
    write_tools,
    write_urls,
)

# Servers written in one transaction: others wait for it for some tenths of a second.
BATCH = 200
Group = list[ImportEntry]


def import_entries(
    entries: Sequence[ImportEntry],
    *,
    now: datetime,
    newcomers: Newcomers,
    report: ImportReport,
    progress: Progress,
    source: Source | None = None,
    guard: Callable[[], None] = lambda: None,
) -> None:
    """Write ``entries``; a document that is here under the same version stays as it is.

    ``guard`` is called first in every transaction and keeps it from being written by raising.
    """
    planner = Planner(now=now, newcomers=newcomers, report=report, source=source)
    neighbours = Neighbours(report)
    for batch in _batches(entries, progress):
        with transaction.atomic():
            guard()
            _write(_plan(batch, planner, neighbours, lock=True), now=now)


def plan_entries(
    entries: Sequence[ImportEntry],
    *,
    now: datetime,
    newcomers: Newcomers,
    report: ImportReport,
    progress: Progress,
    source: Source | None = None,
) -> None:
    """Let ``report`` say what ``import_entries`` would do, and write nothing."""
    planner = Planner(now=now, newcomers=newcomers, report=report, source=source)
    neighbours = Neighbours(report)
    for batch in _batches(entries, progress):
        _plan(batch, planner, neighbours, lock=False)


def _batches(entries: Sequence[ImportEntry], progress: Progress) -> Iterator[dict[str, Group]]:
    """The entries by their server, in batches; ``progress`` advances when one is done."""
    by_server: dict[str, Group] = defaultdict(list)
    for entry in entries:
        by_server[entry.document["name"].lower()].append(entry)
    names = list(by_server)
    progress.total(len(entries))
    for start in range(0, len(names), BATCH):
        batch = {name: by_server[name] for name in names[start : start + BATCH]}
        yield batch
        progress.advance(sum(map(len, batch.values())))


def _plan(
    batch: dict[str, Group], planner: Planner, neighbours: Neighbours, *, lock: bool
) -> list[ServerPlan]:
    known = _known_servers(list(batch), lock=lock)
    plans = [planner.plan(group, known.get(name)) for name, group in batch.items()]
    neighbours.look(plans)
    return plans


def _known_servers(lowered: Sequence[str], *, lock: bool) -> dict[str, Server]:
    # Whole documents are read of those versions only that differ.
    versions = Prefetch("versions", ServerVersion.objects.defer("document"))
    tools = Prefetch("tools", Tool.objects.only("server", "fingerprint", "removed_at"))
    servers = Server.objects.filter(name_key__in=lowered).prefetch_related(versions, tools)
    if lock:
        servers = servers.select_for_update(of=("self",))
    return {server.name.lower(): server for server in servers.select_related("source", "team")}


def _write(plans: Sequence[ServerPlan], *, now: datetime) -> None:
    written = [plan for plan in plans if plan.writes_server]
    _write_servers(written, now=now)
    ServerVersion.objects.bulk_create([row for plan in written for row in plan.versions])
    _write_urls(written)
    _write_tags([plan for plan in written if plan.is_new])
    if written:
        facts = {plan.server.name: plan.facts() for plan in written}
        audit.record_many(action="server.import", after=facts, now=now)
    _emit(written, now=now)
    for plan in plans:
        _write_tools(plan, now=now)
        _write_statuses(plan, now=now)
    changed = [plan.server.pk for plan in plans if plan.writes_server or plan.tools]
    if changed:
        record_findings_of_many(server_ids=changed, now=now)
        announce(changed)


_WRITTEN_COLUMNS = (
    "title",
    "description",
    "website_url",
    "repository_url",
    "transport",
    "endpoint_url",
    "package_types",
    "published",
    "deleted_at",
    "deleted_by_source",
    "source",
    "revision",
    "edition",
    "updated_at",
)


def _write_servers(plans: Sequence[ServerPlan], *, now: datetime) -> None:
    Server.objects.bulk_create([plan.server for plan in plans if plan.is_new])
    known = [plan.server for plan in plans if not plan.is_new]
    for server in known:
        server.revision += 1
        server.edition += 1
        server.updated_at = now
    Server.objects.bulk_update(known, _WRITTEN_COLUMNS)
    outdated = [plan.server for plan in plans if plan.new_latest and not plan.is_new]
    marked = ServerVersion.objects.filter(server__in=outdated, is_latest=True)
    marked.update(is_latest=False, updated_at=now)
    back = [plan.server.pk for plan in plans if plan.comes_back]
    if back:
        wake_drafts(back, now=now)


def _write_urls(plans: Sequence[ServerPlan]) -> None:
    latest = [row for plan in plans for row in plan.versions if row.is_latest]
    write_urls({row.server_id: remote_urls(row.document) for row in latest})


def _write_tags(plans: Sequence[ServerPlan]) -> None:
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


def _emit(plans: Sequence[ServerPlan], *, now: datetime) -> None:
    """The events of what is new or came back, where anybody listens at all."""
    if not plans or not Webhook.objects.filter(enabled=True).exists():
        return
    for plan in plans:
        if plan.comes_back:
            emit(event=Event.RESTORED, server=plan.server, data={}, now=now)
        for row in plan.versions:
            data = {"version": row.version, "review_state": str(row.review_state)}
            if plan.is_new and row.is_latest:
                emit(event=Event.REGISTERED, server=plan.server, data=data, now=now)
            emit(event=Event.APPROVED, server=plan.server, data=data, now=now)


def _write_tools(plan: ServerPlan, *, now: datetime) -> None:
    if plan.tools:
        changes = write_tools(server_id=plan.server.pk, tools=plan.tools, now=now)
        audit.record(
            action="server.tools", subject=plan.server.name, after=changes.facts(), now=now
        )


def _write_statuses(plan: ServerPlan, *, now: datetime) -> None:
    """Each status with its message once, for all versions that it is said of."""
    said: dict[tuple[Status, str], list[ServerVersion]] = defaultdict(list)
    for change in plan.statuses:
        said[change.status, change.message].append(change.version)
    for (status, message), rows in said.items():
        set_status(
            server=plan.server,
            status=status,
            message=message,
            versions=[row.version for row in rows],
            now=now,
            by_source=True,
        )
    for change in [*plan.statuses, *plan.confirmed]:
        ServerVersion.objects.filter(pk=change.version.pk).update(source_status=change.status)
