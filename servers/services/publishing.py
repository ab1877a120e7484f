"""Documents of servers that are registered: new versions, and drafts that still change."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from registry_site.lib.canonical_json import fingerprint
from servers.documents import Accepted, DocumentError, InvalidDocument, accept_document
from servers.documents.schema import known_fields
from servers.models import Event, ReviewState, Server, ServerVersion
from servers.services.changing import lock, settle_change
from servers.services.editing import ServerChanges, update_server
from servers.services.events import emit
from servers.services.names import refuse_taken_urls
from servers.services.versions import (
    add_version,
    mark_latest,
    review_state_of_new,
    version_facts,
    write_version,
)

# The audit trail's words for what became of a version that was handed in.
_ACTIONS = {
    ReviewState.DRAFT: "version.draft",
    ReviewState.PENDING: "version.submit",
    ReviewState.APPROVED: "server.publish",
}
_EVENTS = {ReviewState.PENDING: Event.SUBMITTED, ReviewState.APPROVED: Event.APPROVED}


class VersionIsPublished(Exception):
    """The version exists with another document; a published version never changes."""

    def __init__(self, name: str, version: str) -> None:
        super().__init__(
            f"Version {version!r} of {name!r} is published and cannot change: "
            "publish the change under a new version."
        )


class VersionIsUnderReview(Exception):
    """The version awaits its review as it was submitted."""

    def __init__(self, name: str, version: str) -> None:
        super().__init__(
            f"Version {version!r} of {name!r} is under review and cannot change: withdraw it first."
        )


@transaction.atomic
def publish_version(
    *,
    server: Server,
    document: dict[str, Any] | Accepted,
    now: datetime,
    by: User | None = None,
    draft: bool = False,
    expected: int | None = None,
) -> ServerVersion:
    """Publish ``document`` under its own version, or submit it where the policy asks for a review.

    The same document again changes nothing; a draft or a rejected version takes a new one.
    Raises ``servers.documents.InvalidDocument``, ``StaleWrite``, ``UrlTaken``,
    ``VersionIsPublished`` and ``VersionIsUnderReview``.
    """
    accepted = accept_document(document)
    if accepted.document["name"] != server.name:
        raise InvalidDocument([DocumentError("name", "name", f"must stay {server.name!r}.")])
    lock(server, expected)
    state = review_state_of_new(server.name, draft=draft)
    known = server.versions.filter(version=accepted.document["version"]).first()
    if known is None:
        refuse_taken_urls(accepted.document, name=server.name)
        known = add_version(server, accepted, state=state, by=by, now=now)
    elif not _replace(known, accepted, state=state, now=now):
        return known
    hand_in(server, known, now=now)
    return known


def hand_in(server: Server, version: ServerVersion, *, now: datetime) -> None:
    """Note what became of ``version``, and let ``server``, locked before, say what it says now."""
    mark_latest(server, now=now)
    state = ReviewState(version.review_state)
    settle_change(server, action=_ACTIONS[state], after=version_facts(version), now=now)
    tell_of_version(server, version, now=now)


def tell_of_version(server: Server, version: ServerVersion, *, now: datetime) -> None:
    """Tell webhooks what became of a version that was handed in; of a draft nothing."""
    state = ReviewState(version.review_state)
    if state in _EVENTS:
        data = {"version": version.version, "review_state": str(state)}
        emit(event=_EVENTS[state], server=server, data=data, now=now)


def _replace(
    known: ServerVersion, accepted: Accepted, *, state: ReviewState, now: datetime
) -> bool:
    """Give a version that may change this document and state; whether that changes anything."""
    same = known.fingerprint == fingerprint(accepted.document)
    if not known.may_change:
        if same:
            return False
        if known.review_state == ReviewState.PENDING:
            raise VersionIsUnderReview(known.server.name, known.version)
        raise VersionIsPublished(known.server.name, known.version)
    if same and known.review_state == state:
        return False
    refuse_taken_urls(accepted.document, name=known.server.name)
    write_version(known, accepted, state=state, now=now)
    return True


@transaction.atomic
def change_server(
    *,
    server: Server,
    document: dict[str, Any],
    changes: ServerChanges,
    now: datetime,
    by: User | None = None,
    draft: bool = False,
    expected: int | None = None,
) -> None:
    """Publish ``document`` and make ``changes``, or neither. Raises what the two raise."""
    publish_version(
        server=server, document=document, now=now, by=by, draft=draft, expected=expected
    )
    update_server(server=server, changes=changes, now=now)


@transaction.atomic
def edit_server(
    *,
    server: Server,
    fields: dict[str, Any],
    changes: ServerChanges,
    now: datetime,
    by: User | None = None,
    draft: bool = False,
    expected: int | None = None,
) -> None:
    """Publish the document with other ``fields``, and make ``changes``, or neither.

    What is changed is the version that ``fields`` names, where that may still change, or else the
    latest one; ``None`` removes a field. Raises what ``change_server`` raises.
    """
    lock(server, expected)
    if fields:
        document = _with_fields(_base_of(server, fields), fields)
        publish_version(server=server, document=document, now=now, by=by, draft=draft)
    update_server(server=server, changes=changes, now=now)


def _base_of(server: Server, fields: dict[str, Any]) -> ServerVersion:
    named = server.versions.filter(version=fields.get("version", "")).first()
    return named if named is not None and named.may_change else server.latest_version


def _with_fields(base: ServerVersion, fields: dict[str, Any]) -> dict[str, Any]:
    """A null of a field that no document has stays, to be refused as unknown."""
    merged = {**base.document, **fields}
    removed = {name for name in known_fields("ServerDetail") if merged.get(name) is None}
    return {name: value for name, value in merged.items() if name not in removed}
