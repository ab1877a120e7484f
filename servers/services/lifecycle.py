"""The life of what is approved: active, deprecated, deleted, restored, purged, renamed.

The words and rules of status are the official registry's. A server whose versions are all deleted
is deleted: nobody sees it, its name stays taken, and it can be restored until it is purged.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import Grant, User
from accounts.services import revoke
from servers.access import Visibility
from servers.models import Event, Server, ServerVersion, Status
from servers.services.changing import lock, settle_change
from servers.services.editing import ServerChanges, registry_facts
from servers.services.events import emit
from servers.services.news import announce
from servers.services.registering import register_server
from servers.services.successors import check_successor
from servers.services.versions import mark_latest

PURGED_AT_ONCE = 100


class InvalidStatus(Exception):
    """The status cannot be set so; says why."""


class MayNotRestore(Exception):
    """Some of the versions are deleted, and who asks may not bring them back."""

    def __init__(self, versions: Sequence[ServerVersion]) -> None:
        numbers = ", ".join(version.version for version in versions)
        super().__init__(f"Deleted, and only brought back by who administers it: {numbers}.")


class NothingToChange(InvalidStatus):
    """Everything is as it should become already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has this status and this message already.")


@transaction.atomic
def set_status(
    *,
    server: Server,
    status: Status,
    now: datetime,
    message: str = "",
    versions: Sequence[str] | None = None,
    successor: Server | None = None,
    expected: int | None = None,
    may_restore: bool = True,
    by_source: bool = False,
) -> None:
    """Give the named versions, or all, this status; all of them or none.

    ``successor`` says what to use instead. A deleted server is brought back for those who
    ``may_restore`` it, and knew that it is deleted. Raises ``InvalidStatus``, ``NothingToChange``,
    ``InvalidSuccessor``, ``MayNotRestore``, ``StaleWrite``, ``UrlTaken``, ``Server.DoesNotExist``
    and ``ServerVersion.DoesNotExist``.
    """
    knew = server.deleted_at is not None
    lock(server, expected, also_deleted=may_restore and knew)
    check_successor(server, successor)
    if status == Status.ACTIVE and message:
        raise InvalidStatus("A message says why a version is deprecated or deleted, not active.")
    was_deleted = server.deleted_at is not None
    rows = _rows(server, versions)
    changed = [it for it in rows if (it.status, it.status_message) != (status, message)]
    restored = [it for it in changed if it.status == Status.DELETED != status]
    if restored and not may_restore:
        raise MayNotRestore(restored)
    if successor is not None and successor != server.successor:
        server.successor = successor
    elif not changed:
        raise NothingToChange(server.name)
    _write_status(changed, status, message, now=now)
    mark_latest(server, now=now, by_source=by_source)
    after = {"status": str(status), "versions": [it.version for it in changed], "message": message}
    settled = after | ({"successor": successor.name} if successor else {})
    settle_change(server, action=f"server.{_VERBS[status]}", after=settled, now=now)
    emit(event=Event.STATUS_CHANGED, server=server, data=after, now=now)
    if was_deleted != (server.deleted_at is not None):
        _tell_of_life(server, message, now=now)


_VERBS = {Status.ACTIVE: "activate", Status.DEPRECATED: "deprecate", Status.DELETED: "delete"}


@transaction.atomic
def delete_server(
    *, server: Server, now: datetime, message: str = "", expected: int | None = None
) -> None:
    """Take ``server`` away from everybody; it can be restored until it is purged.

    Raises ``StaleWrite``. One that is deleted already stays as it is.
    """
    lock(server, expected, also_deleted=True)
    if server.deleted_at is not None:
        return
    before = registry_facts(server)
    rows = list(server.versions.exclude(status=Status.DELETED))
    _write_status(rows, Status.DELETED, message, now=now)
    mark_latest(server, now=now)
    settle_change(server, action="server.delete", before=before, detail=message, now=now)
    _tell_of_life(server, message, now=now)


@transaction.atomic
def restore_server(*, server: Server, now: datetime, expected: int | None = None) -> None:
    """Bring a deleted server back, its versions in the status they had.

    Versions deleted before stay so; where that are all, the latest one comes back. Raises
    ``StaleWrite`` and ``UrlTaken``. One that is not deleted stays as it is.
    """
    lock(server, expected, also_deleted=True)
    if server.deleted_at is None:
        return
    deleted_with_it = server.versions.filter(status_changed_at__gte=server.deleted_at)
    rows = list(deleted_with_it) or [server.latest_version]
    for version in rows:
        version.status = version.status_before or Status.ACTIVE
        version.status_before = ""
        version.status_changed_at = version.updated_at = now
        if version.status == Status.ACTIVE:
            version.status_message = ""
        version.save()
    mark_latest(server, now=now)
    after = {"versions": [version.version for version in rows]}
    settle_change(server, action="server.restore", after=after, now=now)
    _tell_of_life(server, now=now)


def purge_deleted(*, before: datetime, now: datetime) -> list[str]:
    """Remove servers deleted before then for good, with all that belongs to them; their names."""
    names: list[str] = []
    while rows := list(Server.objects.filter(deleted_at__lt=before)[:PURGED_AT_ONCE]):
        names += [server.name for server in rows if _purge(server, before=before, now=now)]
    return names


@transaction.atomic
def rename_server(
    *, server: Server, name: str, now: datetime, by: User | None, expected: int | None = None
) -> Server:
    """Register ``server`` under another name and delete it under the old one, whose successor
    the new one is.

    Names are identities: documents, mirrors and clients know a server by nothing else. Raises
    what ``register_server`` raises, and ``StaleWrite``.
    """
    lock(server, expected)
    latest = server.latest_version
    document = {**latest.document, "name": name}
    beside: ServerChanges = {
        "tags": [tag.name for tag in server.tags.all()],
        "category": server.category,
        "monitored": server.monitored,
        "team": server.team,
        "visibility": Visibility(server.visibility),
        "registered_by": server.registered_by or by,
        "contact": server.contact,
        "runbook_url": server.runbook_url,
        "labels": server.labels,
        "enabled": server.enabled,
        "pinned": server.pinned,
    }
    aliases = list(server.aliases.all())
    delete_server(server=server, message=f"Renamed to {name}.", now=now)
    renamed = register_server(document=document, now=now, draft=latest.may_change, **beside)
    for alias in aliases:
        alias.server = renamed
        alias.save()
    server.stars.update(server=renamed)
    Server.objects.filter(pk=server.pk).update(successor=renamed)
    server.successor = renamed
    return renamed


def _tell_of_life(server: Server, message: str = "", *, now: datetime) -> None:
    """Tell webhooks that ``server`` went or came back."""
    if server.deleted_at is None:
        emit(event=Event.RESTORED, server=server, data={}, now=now)
    else:
        emit(event=Event.DELETED, server=server, data={"message": message}, now=now)


def _rows(server: Server, versions: Sequence[str] | None) -> list[ServerVersion]:
    approved = server.versions.approved()
    if versions is None:
        return list(approved)
    return [approved.get(version=version) for version in versions]


def _write_status(
    rows: Sequence[ServerVersion], status: Status, message: str, *, now: datetime
) -> None:
    """What is merely reworded keeps the time of its status: a restoration goes by that."""
    for version in rows:
        if status != version.status:
            version.status_before = version.status if status == Status.DELETED else ""
            version.status_changed_at = now
        version.status = status
        version.status_message = message
        version.updated_at = now
        version.save()


@transaction.atomic
def _purge(server: Server, *, before: datetime, now: datetime) -> bool:
    """Whether ``server`` was purged: it may have been restored meanwhile.

    A grant that stayed would open the next server of this name, which may be somebody else's.
    """
    lock(server, also_deleted=True)
    if server.deleted_at is None or server.deleted_at >= before:
        return False
    server_id, facts = server.pk, registry_facts(server)
    for each in Grant.objects.filter(pattern=server.name_key):
        revoke(grant=each, now=now)
    server.delete()
    audit.record(action="server.purge", subject=server.name, before=facts, now=now)
    announce([server_id])
    return True
