"""Servers and their versions: registered, published, changed and deleted."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypedDict

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts import audit
from accounts.models import Grant, Team, User
from accounts.services import revoke
from registry_site.lib.canonical_json import fingerprint
from servers.access import Visibility
from servers.documents import DocumentError, InvalidDocument, facts_of, validate_document
from servers.models import Server, ServerVersion
from servers.services.news import announce
from servers.services.tags import set_tags, tags_named
from servers.versions import Dated, latest_of

# Characters of a category, which the doors to these services check.
LONGEST_CATEGORY = 100


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


class ServerChanges(TypedDict, total=False):
    """What the registry itself says of a server, beside its document."""

    tags: Sequence[str]
    category: str
    enabled: bool
    monitored: bool
    team: Team
    visibility: Visibility


@transaction.atomic
def register_server(
    *,
    document: dict[str, Any],
    now: datetime,
    registered_by: User | None = None,
    team: Team | None = None,
    visibility: Visibility = Visibility.TEAM,
    tags: Iterable[str] = (),
    category: str = "",
    monitored: bool = True,
) -> Server:
    """Put a new server with its first version into the catalogue, for ``team`` or the default one.

    Raises ``servers.documents.InvalidDocument`` (every error, with its path) and
    ``ServerExists``; nothing is written then.
    """
    validate_document(document)
    server = Server(
        name=document["name"],
        team=team or Team.objects.default(),
        visibility=visibility,
        category=category,
        monitored=monitored,
        registered_by=registered_by,
        created_at=now,
        updated_at=now,
    )
    _write_new(server, document, tags, now=now)
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
        after = _version_facts(published)
        audit.record(action="server.publish", subject=server.name, after=after, now=now)
        announce([server.pk])
    elif published.fingerprint != fingerprint(document):
        raise VersionIsPublished(server.name, published.version)
    return published


@transaction.atomic
def update_server(*, server: Server, changes: ServerChanges, now: datetime) -> None:
    """Change what the registry itself says of ``server``; what is equal already stays untouched."""
    _refresh_locked(server)
    before = registry_facts(server)
    columns = {column: value for column, value in changes.items() if column != "tags"}
    changed = {
        column: value for column, value in columns.items() if value != getattr(server, column)
    }
    for column, value in changed.items():
        setattr(server, column, value)
    tags_changed = "tags" in changes and set_tags(server, changes["tags"])
    if changed or tags_changed:
        _touch(server, now=now)
        after = registry_facts(server)
        audit.record_change(
            action="server.update", subject=server.name, before=before, after=after, now=now
        )
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
    """Show ``server`` again to all who may see it, or to nobody but those who may edit it."""
    update_server(server=server, changes={"enabled": enabled}, now=now)


@transaction.atomic
def delete_server(*, server: Server, now: datetime) -> None:
    """Remove ``server`` with its versions, tools and grants for good.

    A grant that stayed would open the next server of this name, which may be somebody else's.
    """
    server_id, before = server.pk, registry_facts(server)
    for each in Grant.objects.filter(pattern=server.name_key):
        revoke(grant=each, now=now)
    server.delete()
    audit.record(action="server.delete", subject=server.name, before=before, now=now)
    announce([server_id])


def registry_facts(server: Server) -> audit.Facts:
    """What the registry itself says of ``server``, for the audit trail."""
    return {
        "team": server.team.slug,
        "visibility": str(server.visibility),
        "category": server.category,
        "tags": sorted(tag.name for tag in server.tags.all()),
        "enabled": server.enabled,
        "monitored": server.monitored,
        "registered_by": server.registered_by.username if server.registered_by else None,
    }


def _version_facts(version: ServerVersion) -> audit.Facts:
    return {"version": version.version, "fingerprint": version.fingerprint}


def _write_new(
    server: Server, document: dict[str, Any], tags: Iterable[str], *, now: datetime
) -> None:
    server.take_facts(facts_of(document))
    _insert(server)
    version = _add_version(server, document, now=now)
    server.tags.set(tags_named(tags))
    after = registry_facts(server) | _version_facts(version)
    audit.record(action="server.register", subject=server.name, after=after, now=now)
    announce([server.pk])


def _insert(server: Server) -> None:
    if Server.objects.filter(name_key=server.name.lower()).exists():
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
    _mark_latest(server)
    return version


def _mark_latest(server: Server) -> None:
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
