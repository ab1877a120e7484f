"""Writes the audit trail, in the transaction of what it tells of.

A caller says by name what goes in, and no secret ever does: neither a token nor its digest, nor a
password or its hash.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.actors import current_actor
from accounts.models import AuditEvent

Facts = dict[str, Any]
LONGEST_DETAIL = 500
LONGEST_SUBJECT = 255
LONGEST_VIA = 200


def record(
    *,
    action: str,
    subject: str,
    now: datetime,
    before: Facts | None = None,
    after: Facts | None = None,
    detail: str = "",
) -> None:
    """Note that ``action`` was done to ``subject``, and what it was ``before`` and ``after``."""
    done = AuditEvent.Outcome.DONE
    _event(done, action, subject, now, detail, before=before, after=after).save()


def record_change(*, action: str, subject: str, before: Facts, after: Facts, now: datetime) -> None:
    """The same of the facts that differ; nothing, where none does."""
    changed = [name for name in after if before.get(name) != after[name]]
    if changed:
        record(
            action=action,
            subject=subject,
            before={name: before.get(name) for name in changed},
            after={name: after[name] for name in changed},
            now=now,
        )


def record_denial(*, action: str, subject: str, now: datetime, detail: str = "") -> None:
    """Note that somebody tried ``action`` on ``subject`` and was refused."""
    _event(AuditEvent.Outcome.DENIED, action, subject, now, detail).save()


def record_many(*, action: str, after: Mapping[str, Facts], now: datetime) -> None:
    """Note in one statement that ``action`` was done to each subject of ``after``."""
    AuditEvent.objects.bulk_create(
        _event(AuditEvent.Outcome.DONE, action, subject, now, after=facts)
        for subject, facts in after.items()
    )


def _event(
    outcome: AuditEvent.Outcome,
    action: str,
    subject: str,
    now: datetime,
    detail: str = "",
    **facts: Facts | None,
) -> AuditEvent:
    actor = current_actor()
    return AuditEvent(
        at=now,
        outcome=outcome,
        action=action,
        subject=subject[:LONGEST_SUBJECT],
        actor=actor.username,
        actor_id=actor.user_id,
        via=actor.via[:LONGEST_VIA],
        address=actor.address,
        detail=detail[:LONGEST_DETAIL],
        **facts,
    )
