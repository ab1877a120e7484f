"""Makes the catalogue say what a folder says: all of it, in one transaction, or nothing.

Each change goes through the service that makes it from every other door. What is equal already is
not touched. The servers that a folder brought, and those it found without a source, belong to the
source under whose name it is applied: only of these does ``prune`` delete what the folder has no
more.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db import transaction

from servers.as_code.entries import ServerEntry, VersionEntry
from servers.as_code.planning import Defaults, ServerPlan, Verb, plan
from servers.as_code.problems import Problem, WrongFiles
from servers.documents import InvalidDocument
from servers.models import Server, ServerVersion, Source, Status
from servers.services import (
    AliasTaken,
    InvalidStatus,
    LooksLike,
    ServerExists,
    UrlTaken,
    VersionIsPublished,
    VersionIsUnderReview,
    announced_together,
    date_versions,
    delete_server,
    publish_version,
    register_server,
    restore_server,
    set_status,
    update_server,
)
from servers.sources import add_source

_REFUSALS = (
    AliasTaken,
    InvalidDocument,
    InvalidStatus,
    LooksLike,
    ServerExists,
    UrlTaken,
    VersionIsPublished,
    VersionIsUnderReview,
)
GONE = "Removed from the folder that brought it."


class SourceIsMirror(Exception):
    """The name of the folder is that of a mirror, whose servers are not the folder's."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The source {name!r} is a mirror: apply the folder under another name.")


@dataclass(frozen=True, kw_only=True)
class Done:
    """What was done with one server, field by field."""

    verb: Verb
    name: str
    differences: tuple[str, ...] = ()


def apply_entries(
    entries: Sequence[ServerEntry],
    *,
    source: str,
    defaults: Defaults,
    now: datetime,
    prune: bool = False,
    dry_run: bool = False,
) -> list[Done]:
    """Make the catalogue say what ``entries`` say; ``dry_run`` does it all and takes it back.

    Raises ``WrongFiles`` with everything that stands in the way, and ``SourceIsMirror``; nothing
    is changed then.
    """
    with transaction.atomic(), announced_together():
        plans, problems = plan(entries, defaults)
        if problems:
            raise WrongFiles(problems)
        done = [
            Done(verb=it.verb, name=it.entry.name, differences=tuple(it.differences))
            for it in plans
        ]
        owner = _source(source, defaults, now=now)
        _carry_out(plans, owner, now=now)
        if prune:
            done += _prune(owner, entries, now=now)
        if dry_run:
            transaction.set_rollback(True)
    return done


def _source(name: str, defaults: Defaults, *, now: datetime) -> Source:
    """What the folder is remembered by: a source that is handed its servers and fetches none."""
    source = Source.objects.filter(name=name).first()
    if source is None:
        return add_source(
            name=name,
            kind=Source.Kind.UPLOAD,
            now=now,
            team=defaults.team,
            visibility=defaults.visibility,
            prune=False,
        )
    if source.kind != Source.Kind.UPLOAD:
        raise SourceIsMirror(name)
    return source


def _carry_out(plans: Sequence[ServerPlan], owner: Source, *, now: datetime) -> None:
    """Raises ``WrongFiles`` with what the services refuse, after all have been tried."""
    problems: list[Problem] = []
    for each in plans:
        with _refusals_to(problems, each.entry):
            _apply(each, now=now)
    if problems:
        raise WrongFiles(problems)
    for each in plans:
        _point_to_successor(each, now=now)
    unowned = [each.server.pk for each in plans if each.server and each.server.source_id is None]
    Server.objects.filter(pk__in=unowned).update(source=owner)


@contextmanager
def _refusals_to(problems: list[Problem], entry: ServerEntry) -> Iterator[None]:
    """Note what a service refuses, at the place in the file, and go on with the next server."""
    try:
        with transaction.atomic():
            yield
    except _REFUSALS as refused:
        problems.append(entry.problem(entry.path_of_document, str(refused)))


def _apply(it: ServerPlan, *, now: datetime) -> None:
    publish, verb = list(it.publish), it.verb
    if verb is Verb.UNCHANGED:
        return
    if it.server is None:
        first = publish.pop(0)
        it.server = register_server(document=first.accepted, now=now, **it.changes)
    elif verb is Verb.RESTORE:
        restore_server(server=it.server, now=now)
    for version in publish:
        publish_version(server=it.server, document=version.accepted, now=now)
    if verb is not Verb.CREATE:
        update_server(server=it.server, changes=it.changes, now=now)
    _settle_lives(it.server, it.entry.versions, now=now)  # last: it may delete the server


def _settle_lives(server: Server, entries: Sequence[VersionEntry], *, now: datetime) -> None:
    """Give each approved version the date and the status that the file states."""
    rows = {row.version: row for row in server.versions.approved()}
    pairs = [(rows[it.version], it) for it in entries if it.version in rows]
    dates = {
        row.version: entry.published_at
        for row, entry in pairs
        if entry.published_at is not None and entry.published_at != row.published_at
    }
    if dates:
        date_versions(server=server, dates=dates, now=now)
    for (status, message), versions in _by_status(pairs):
        set_status(server=server, status=status, message=message, versions=versions, now=now)


def _by_status(
    pairs: Sequence[tuple[ServerVersion, VersionEntry]],
) -> Iterator[tuple[tuple[Status, str], list[str]]]:
    """The versions whose status differs, by the status they should have."""
    differing = [
        entry
        for row, entry in pairs
        if (row.status, row.status_message) != (entry.status, entry.status_message)
    ]
    differing.sort(key=_status_of)
    for status, group in groupby(differing, key=_status_of):
        yield status, [entry.version for entry in group]


def _status_of(entry: VersionEntry) -> tuple[Status, str]:
    return entry.status, entry.status_message


def _point_to_successor(it: ServerPlan, *, now: datetime) -> None:
    """Servers refer to one another, so that this comes when all of them are there."""
    if it.server is None or it.server.deleted_at is not None or it.entry.registry is None:
        return
    present = it.server.successor.name if it.server.successor else None
    if it.successor != present:
        key = it.successor.lower() if it.successor else None
        successor = Server.objects.get(name_key=key) if key else None
        update_server(server=it.server, changes={"successor": successor}, now=now)


def _prune(owner: Source, entries: Sequence[ServerEntry], *, now: datetime) -> list[Done]:
    kept = [entry.name.lower() for entry in entries]
    gone = owner.servers.not_deleted().exclude(name_key__in=kept).order_by("name")
    for server in gone:
        delete_server(server=server, message=GONE, now=now)
    return [Done(verb=Verb.DELETE, name=server.name) for server in gone]
