"""A new server comes into the catalogue."""

from datetime import datetime
from typing import Any, Unpack

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Team
from servers.documents import Accepted, accept_document
from servers.models import Event, Server, ServerVersion
from servers.services.editing import ServerChanges, registry_facts, set_related, take_columns
from servers.services.events import emit
from servers.services.names import ServerExists, refuse_taken_name
from servers.services.news import announce
from servers.services.publishing import tell_of_version
from servers.services.versions import (
    add_version,
    mark_latest,
    review_state_of_new,
    version_facts,
)


@transaction.atomic
def register_server(
    *,
    document: dict[str, Any] | Accepted,
    now: datetime,
    draft: bool = False,
    **beside: Unpack[ServerChanges],
) -> Server:
    """Put a new server with its first version into the catalogue, for a team or the default one.

    ``registered_by`` owns it and submits the version. The policy of its name decides whether that
    is approved at once or awaits review; ``draft`` leaves it where it can still change. Raises
    ``servers.documents.InvalidDocument`` (every error, with its path), ``ServerExists``,
    ``LooksLike``, ``UrlTaken`` and ``AliasTaken``; nothing is written then.
    """
    accepted = accept_document(document)
    name = accepted.document["name"]
    refuse_taken_name(name)
    team = beside.get("team") or Team.objects.default()
    server = Server(name=name, team=team, created_at=now, updated_at=now)
    take_columns(server, beside)
    _insert(server)
    set_related(server, beside)
    state = review_state_of_new(name, draft=draft)
    version = add_version(server, accepted, state=state, by=beside.get("registered_by"), now=now)
    mark_latest(server, now=now)
    server.save()
    _tell(server, version, now=now)
    return server


def _tell(server: Server, version: ServerVersion, *, now: datetime) -> None:
    after = registry_facts(server) | version_facts(version) | {"edition": server.edition}
    audit.record(action="server.register", subject=server.name, after=after, now=now)
    data = {"version": version.version, "review_state": str(version.review_state)}
    emit(event=Event.REGISTERED, server=server, data=data, now=now)
    tell_of_version(server, version, now=now)
    announce([server.pk])


def _insert(server: Server) -> None:
    try:
        with transaction.atomic():
            server.save(force_insert=True)
    except IntegrityError as error:  # somebody else was quicker
        raise ServerExists(server.name) from error
