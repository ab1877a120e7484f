"""A version's way from draft to approved.

draft -> pending (submit) -> approved or rejected; pending -> draft (withdraw); rejected -> pending
(submit again, usually after a change of its document). Approved is for good: what comes after is
its lifecycle.
"""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from servers.models import Event, ReviewState, ServerVersion
from servers.services.changing import lock, settle_change
from servers.services.events import emit
from servers.services.publishing import hand_in
from servers.services.versions import forget_review, mark_latest, review_state_of_new, version_facts

LONGEST_REVIEW_REASON = 2000


class InvalidMove(Exception):
    """A version in this state cannot be moved that way."""

    def __init__(self, version: ServerVersion, verb: str) -> None:
        state = version.get_review_state_display()
        super().__init__(self.reason(version, state, verb))
        self.version = version

    def reason(self, version: ServerVersion, state: str, verb: str) -> str:
        return f"Version {version.version!r} is {state}: it cannot be {verb}."


class OnlyVersion(InvalidMove):
    """A server keeps the last version it has."""

    def reason(self, version: ServerVersion, state: str, verb: str) -> str:
        return (
            f"Version {version.version!r} is the only one of {version.server.name}: it cannot "
            f"be {verb}. Delete the server instead."
        )


@transaction.atomic
def submit_version(
    *, version: ServerVersion, by: User | None, now: datetime, expected: int | None = None
) -> None:
    """Ask for the review of a draft or a rejected version; approved at once by an automatic policy.

    Raises ``InvalidMove``, ``StaleWrite`` and ``UrlTaken``.
    """
    _lock(version, expected)
    if not version.may_change:
        raise InvalidMove(version, "submitted")
    version.review_state = review_state_of_new(version.server.name, draft=False)
    version.submitted_by = by
    forget_review(version)
    version.published_at = version.updated_at = now
    version.save()
    hand_in(version.server, version, now=now)


@transaction.atomic
def withdraw_version(*, version: ServerVersion, now: datetime, expected: int | None = None) -> None:
    """Take a version back from the review. Raises ``InvalidMove`` and ``StaleWrite``."""
    _lock(version, expected)
    _require_pending(version, "withdrawn")
    version.review_state = ReviewState.DRAFT
    version.updated_at = now
    version.save()
    after = version_facts(version)
    settle_change(version.server, action="version.withdraw", after=after, now=now)


@transaction.atomic
def approve_version(
    *, version: ServerVersion, by: User | None, now: datetime, expected: int | None = None
) -> None:
    """Put a version that awaits review into the catalogue.

    Raises ``InvalidMove``, ``StaleWrite`` and ``UrlTaken``.
    """
    _lock(version, expected)
    _require_pending(version, "approved")
    _decide(version, ReviewState.APPROVED, by=by, now=now)
    version.published_at = now
    version.save()
    mark_latest(version.server, now=now)
    _tell(version, action="version.approve", event=Event.APPROVED, now=now)


@transaction.atomic
def reject_version(
    *,
    version: ServerVersion,
    reason: str,
    by: User | None,
    now: datetime,
    expected: int | None = None,
) -> None:
    """Keep a version that awaits review out of the catalogue, for this reason.

    Raises ``InvalidMove`` and ``StaleWrite``.
    """
    _lock(version, expected)
    _require_pending(version, "rejected")
    _decide(version, ReviewState.REJECTED, by=by, now=now)
    version.review_reason = reason
    version.save()
    _tell(version, action="version.reject", event=Event.REJECTED, now=now)


@transaction.atomic
def discard_draft(*, version: ServerVersion, now: datetime, expected: int | None = None) -> None:
    """Delete a draft or a rejected version, unless it is the only one the server has.

    Where all others are deleted, so is the server. Raises ``InvalidMove``, ``StaleWrite`` and
    ``UrlTaken``.
    """
    _lock(version, expected)
    server = version.server
    if not version.may_change:
        raise InvalidMove(version, "discarded")
    if server.versions.count() == 1:
        raise OnlyVersion(version, "discarded")
    before = version_facts(version)
    version.delete()
    mark_latest(server, now=now)
    settle_change(server, action="version.discard", before=before, now=now)
    if server.deleted_at is not None:
        emit(event=Event.DELETED, server=server, data={"message": ""}, now=now)


def _lock(version: ServerVersion, expected: int | None) -> None:
    """Lock the server, then read its version again: all of it, for all of it is saved."""
    server = version.server
    lock(server, expected)
    version.refresh_from_db()
    version.server = server


def _require_pending(version: ServerVersion, verb: str) -> None:
    if version.review_state != ReviewState.PENDING:
        raise InvalidMove(version, verb)


def _decide(version: ServerVersion, state: ReviewState, *, by: User | None, now: datetime) -> None:
    version.review_state = state
    version.reviewed_by = by
    version.reviewed_at = version.updated_at = now


def _tell(version: ServerVersion, *, action: str, event: Event, now: datetime) -> None:
    after = version_facts(version)
    if version.review_reason:
        after["reason"] = version.review_reason
    settle_change(version.server, action=action, after=after, now=now)
    data = {
        "version": version.version,
        "review_state": str(version.review_state),
        "reason": version.review_reason,
    }
    emit(event=event, server=version.server, data=data, now=now)
