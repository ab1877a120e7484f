"""What a reviewer decides about features that changed, and what is shown from then on."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from django.db import models, transaction

from accounts.models import User
from servers.models import Event, Feature, FeatureChange, FeatureKind, Server
from servers.models.features import MODELS
from servers.scanning.recording import record_findings
from servers.services.changing import lock, settle_change
from servers.services.drift import WRITTEN_COLUMNS, hold_back, show
from servers.services.events import emit
from servers.services.features import told
from servers.services.listed import SHAPES

LONGEST_DECISION_REASON = 500


class Decision(models.TextChoices):
    """What can be said of a change."""

    ACCEPT = "accept", "accept"
    REJECT = "reject", "reject"


class AlreadyDecided(Exception):
    """Somebody else decided on the change, or a later listing has overtaken it."""

    def __init__(self, changes: Iterable[FeatureChange]) -> None:
        states = "; ".join(f"{each}: {each.get_state_display()}" for each in changes)
        super().__init__(f"There is nothing to decide any more ({states}).")


def decide_change(
    *,
    change: FeatureChange,
    decision: Decision,
    by: User | None,
    reason: str = "",
    now: datetime,
    expected: int | None = None,
) -> None:
    """Accept or reject one change. Raises ``AlreadyDecided`` and ``StaleWrite``."""
    decide_changes(
        server=change.server,
        changes=[change],
        decision=decision,
        by=by,
        reason=reason,
        now=now,
        expected=expected,
    )
    change.refresh_from_db()


@transaction.atomic
def decide_changes(
    *,
    server: Server,
    changes: Collection[FeatureChange],
    decision: Decision,
    by: User | None,
    reason: str = "",
    now: datetime,
    expected: int | None = None,
) -> None:
    """Accept or reject these changes of ``server``, or none of them.

    What is accepted is what the registry stands for; of what is rejected it keeps the definition
    before, and a feature that was new stays hidden. What was removed cannot be brought back: either
    decision only ends the question. Raises ``AlreadyDecided`` and ``StaleWrite``.
    """
    lock(server, expected)
    undecided = list(_undecided(server, changes))
    if len(undecided) < len(changes):
        open_ones = {each.pk for each in undecided}
        raise AlreadyDecided(each for each in _now(changes) if each.pk not in open_ones)
    for kind in FeatureKind:
        _settle_rows(server, kind, [each for each in undecided if each.kind == kind], decision)
    for change in undecided:
        change.state = _STATES[decision]
        change.decided_at, change.decided_by, change.reason = now, by, reason
    FeatureChange.objects.bulk_update(undecided, ["state", "decided_at", "decided_by", "reason"])
    _tell(server, undecided, decision, reason, now)


@transaction.atomic
def accept_all(
    *,
    server: Server,
    by: User | None,
    reason: str = "",
    now: datetime,
    expected: int | None = None,
) -> int:
    """Accept all that is undecided on ``server``; returns how many changes that were.

    Raises ``StaleWrite``.
    """
    lock(server, expected)
    changes = list(FeatureChange.objects.undecided().filter(server=server))
    if changes:
        decide_changes(
            server=server,
            changes=changes,
            decision=Decision.ACCEPT,
            by=by,
            reason=reason,
            now=now,
        )
    return len(changes)


_STATES = {
    Decision.ACCEPT: FeatureChange.State.ACCEPTED,
    Decision.REJECT: FeatureChange.State.REJECTED,
}


def _undecided(server: Server, changes: Collection[FeatureChange]) -> Iterable[FeatureChange]:
    these = [change.pk for change in changes]
    return FeatureChange.objects.undecided().filter(server=server, pk__in=these)


def _now(changes: Collection[FeatureChange]) -> Iterable[FeatureChange]:
    """The changes as they are in the database."""
    return FeatureChange.objects.filter(pk__in=[change.pk for change in changes])


def _settle_rows(
    server: Server, kind: FeatureKind, changes: Sequence[FeatureChange], decision: Decision
) -> None:
    named = {change.name: change for change in changes}
    rows: list[Feature] = list(
        MODELS[kind].objects.filter(server=server, name__in=named, removed_at__isnull=True)
    )
    for row in rows:
        _settle(row, named[row.name], decision)
    MODELS[kind].objects.bulk_update(rows, WRITTEN_COLUMNS)


def _settle(row: Feature, change: FeatureChange, decision: Decision) -> None:
    """Make a feature that is still offered what is to be shown of it."""
    shape = SHAPES[FeatureKind(change.kind)]
    listed = shape(definition=cast("dict[str, Any]", change.after))
    if decision == Decision.ACCEPT:
        show(row, listed)
    elif change.before is None:
        row.held = True
    else:
        show(row, shape(definition=change.before))
        hold_back(row, listed)


def _tell(
    server: Server,
    changes: Sequence[FeatureChange],
    decision: Decision,
    reason: str,
    now: datetime,
) -> None:
    facts: dict[str, Any] = {
        "decision": str(decision),
        "reason": reason,
        "changes": told(changes),
        "count": len(changes),
    }
    settle_change(server, action="server.drift_decided", after=facts, now=now)
    emit(event=Event.DRIFT_DECIDED, server=server, data=facts, now=now)
    record_findings(server_id=server.pk, now=now)
