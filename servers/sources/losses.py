"""What a run takes away: what the source deleted, and what vanished from it without a word.

Only what came from the source is ever taken away, and what is pinned never is.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import transaction

from servers.importing import Change, ChangeKind, ImportEntry, ImportReport
from servers.models import Server, ServerVersion, Source, Status
from servers.services import set_status
from servers.sources.collecting import Collected
from servers.sources.failures import SourceFailed
from servers.sources.leasing import Lease
from servers.versions import Dated, latest_of

# A run may always delete this many servers; more only up to half of what the source has here.
HARMLESS = 10


class Mirrored(NamedTuple):
    """A version that is here and not deleted, of a server of the source."""

    server_id: int
    name: str
    version: str
    source_status: str
    published_at: datetime


@dataclass(kw_only=True)
class Losses:
    """What is to be taken away of the servers that are here from a source."""

    servers: int = 0
    # Of how many servers nothing would be left.
    gone: list[str] = field(default_factory=list)
    vanished: dict[int, list[Mirrored]] = field(default_factory=dict)

    def refuse_too_many(self) -> None:
        """Raises ``SourceFailed`` where a mistake is likelier than so many deletions."""
        if len(self.gone) > HARMLESS and len(self.gone) * 2 > self.servers:
            raise SourceFailed(
                f"It would delete {len(self.gone)} of the {self.servers} servers that are here "
                "from it. Run it with force if that is right."
            )

    def tell(self, report: ImportReport) -> None:
        """Count and name what is taken away."""
        report.servers_deleted += len(self.gone)
        report.changes += [Change(ChangeKind.DELETE, name, "gone there") for name in self.gone]
        for rows in self.vanished.values():
            if rows[0].name not in self.gone:
                text = f"{', '.join(row.version for row in rows)} gone there"
                report.changes.append(Change(ChangeKind.STATUS, rows[0].name, text))
                report.statuses_changed += len(rows)


def losses_of(source: Source, collected: Collected, *, full: bool) -> Losses:
    """What is to be taken away after a run found ``collected``, all there is if it is ``full``."""
    living, buried = _by_life(collected.entries)
    prunes = full and source.prune and not collected.is_riddled
    losses = Losses()
    for server_id, rows in _mirrored(source).items():
        name = rows[0].name.lower()
        gone = _vanished(rows, collected.versions.get(name, set()), source) if prunes else []
        left = {row.version for row in rows} - {row.version for row in gone} - buried[name]
        losses.servers += 1
        if gone:
            losses.vanished[server_id] = gone
        if not left and name not in living:
            losses.gone.append(rows[0].name)
    return losses


def take_away(losses: Losses, *, source: Source, lease: Lease) -> None:
    """Delete what vanished, server by server."""
    for server_id, rows in losses.vanished.items():
        with transaction.atomic():
            lease.renew()
            _delete(server_id, [row.version for row in rows], source, now=lease.now())


def _by_life(entries: Iterable[ImportEntry]) -> tuple[set[str], dict[str, set[str]]]:
    """The names of which something lives there, and the deleted versions by name."""
    living: set[str] = set()
    buried: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        name = entry.document["name"].lower()
        if entry.status == Status.DELETED:
            buried[name].add(entry.document["version"])
        else:
            living.add(name)
    return living, buried


def _mirrored(source: Source) -> dict[int, list[Mirrored]]:
    versions = ServerVersion.objects.listed()
    ours = versions.filter(server__source=source, server__pinned=False)
    by_server: dict[int, list[Mirrored]] = defaultdict(list)
    for row in ours.order_by("server_id").values_list(
        "server_id", "server__name", "version", "source_status", "published_at"
    ):
        by_server[row[0]].append(Mirrored(*row))
    return by_server


def _vanished(rows: Sequence[Mirrored], there: set[str], source: Source) -> list[Mirrored]:
    """Those that came from the source, which does not have them any more."""
    missing = [row for row in rows if _came_from_there(row) and row.version not in there]
    if not source.latest_only or not there:
        return missing
    # Earlier versions are not asked for: only one above what is the latest there has vanished.
    return [row for row in missing if _is_above(row, there)]


def _came_from_there(row: Mirrored) -> bool:
    return row.source_status not in ("", Status.DELETED)


def _is_above(row: Mirrored, there: set[str]) -> bool:
    """Whether ``row`` would be the latest; where time decides, what is there counts as newer."""
    others = [Dated(version, datetime.max.replace(tzinfo=UTC)) for version in there]
    return latest_of([Dated(row.version, row.published_at), *others]) == row.version


def _delete(server_id: int, versions: Sequence[str], source: Source, *, now: datetime) -> None:
    server = Server.objects.select_for_update().filter(pk=server_id).first()
    if server is None or server.source_id != source.pk or server.pinned:
        return  # somebody decided otherwise meanwhile
    living = server.versions.exclude(status=Status.DELETED).filter(version__in=versions)
    if names := list(living.values_list("version", flat=True)):
        set_status(
            server=server,
            status=Status.DELETED,
            message=f"Gone from {source.name}.",
            versions=names,
            now=now,
            by_source=True,
        )
    server.versions.filter(version__in=versions).update(source_status=Status.DELETED)
