"""What becomes of a feature that is listed otherwise than before: shown, warned of, or held back.

It is compared with what was approved: the definition for which the last decision stands, or the
first listing. What nobody has decided yet is not approved, so a server that changes something twice
is one change from the approved definition, and one that changes back is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from registry_site.lib.canonical_json import fingerprint
from servers.models import Feature, FeatureChange, FeatureKind, Policy
from servers.models.features import MODELS
from servers.services.listed import SHAPES, ListedFeature

Change = FeatureChange.Change
State = FeatureChange.State

# What is kept of one server beside what it offers and what awaits a decision.
MOST_DECIDED_CHANGES = 500
MOST_REMOVED_FEATURES = 1_000

WRITTEN_COLUMNS = (
    "title",
    "description",
    "definition",
    "fingerprint",
    "removed_at",
    "held",
    "observed",
    "observed_fingerprint",
)
_STATES = {
    Policy.Drift.ACCEPT: State.ACCEPTED,
    Policy.Drift.WARN: State.OPEN,
    Policy.Drift.HOLD: State.HELD,
}


@dataclass(frozen=True, kw_only=True)
class Sight:
    """One look at what a server offers of one kind; without ``policy`` it is the baseline."""

    server_id: int
    kind: FeatureKind
    policy: Policy.Drift | None
    version: str
    now: datetime


@dataclass(kw_only=True)
class Subject:
    """One feature that is listed otherwise than before; ``listed`` is empty if it is not at all."""

    row: Feature
    listed: ListedFeature | None
    undecided: FeatureChange | None

    @property
    def approved(self) -> dict[str, Any] | None:
        """The definition that was approved; nothing where the feature itself was not."""
        if self.undecided:
            before: dict[str, Any] | None = self.undecided.before
            return before
        if self.row.held or self.row.removed_at:
            return None
        definition: dict[str, Any] = self.row.definition
        return definition

    @property
    def is_as_approved(self) -> bool:
        approved, listed = self.approved, self.listed
        if approved is None or listed is None:
            return approved is None and listed is None
        return fingerprint(approved) == listed.fingerprint

    def settle(self, sight: Sight) -> None:
        """Make the row what is to be shown of the feature from now on."""
        if self.listed is None:
            self.row.removed_at = sight.now
            hold_back(self.row, None)
        elif sight.policy != Policy.Drift.HOLD or self.is_as_approved:
            show(self.row, self.listed)
        elif self.approved is None:
            show(self.row, self.listed)
            self.row.held = True
        else:
            show(self.row, SHAPES[sight.kind](definition=self.approved))
            hold_back(self.row, self.listed)

    def change(self, sight: Sight) -> FeatureChange | None:
        """What differs from the approved, not saved yet; nothing in a baseline."""
        if sight.policy is None or self.is_as_approved:
            return None
        before, after = self.approved, self.listed.definition if self.listed else None
        change = _change(before, after)
        return FeatureChange(
            server_id=sight.server_id,
            kind=sight.kind,
            name=self.row.name,
            change=change,
            before=before,
            after=after,
            version=sight.version,
            state=_state(sight.policy, change),
            found_at=sight.now,
        )


def show(row: Feature, listed: ListedFeature) -> None:
    """Let the registry stand for what is listed."""
    row.title = listed.title
    row.description = listed.description
    row.definition = listed.definition
    row.fingerprint = listed.fingerprint
    row.held = False
    row.removed_at = None
    hold_back(row, None)


def hold_back(row: Feature, listed: ListedFeature | None) -> None:
    """Note what the server lists instead of what is shown, if anything."""
    row.observed = listed.definition if listed else None
    row.observed_fingerprint = listed.fingerprint if listed else ""


def write_listing(
    *, sight: Sight, differing: Mapping[str, ListedFeature | None]
) -> list[FeatureChange]:
    """Write what is listed otherwise than before, in the caller's transaction.

    Returns the changes; in a baseline there are none.
    """
    subjects = _subjects(sight, differing)
    overtaken = [each.undecided.pk for each in subjects if each.undecided]
    FeatureChange.objects.filter(pk__in=overtaken).update(
        state=State.SUPERSEDED, decided_at=sight.now
    )
    changes = [change for each in subjects if (change := each.change(sight))]
    for each in subjects:
        each.settle(sight)
    _write_rows(sight.kind, [each.row for each in subjects])
    return FeatureChange.objects.bulk_create(changes)


def forget_oldest(*, server_id: int) -> None:
    """Bound what is kept of a server that never lists the same twice."""
    decided = FeatureChange.objects.filter(server_id=server_id).decided()
    _delete_beyond(decided.order_by("-pk"), MOST_DECIDED_CHANGES)
    for model in MODELS.values():
        removed = model.objects.filter(server_id=server_id, removed_at__isnull=False)
        _delete_beyond(removed.order_by("-removed_at", "-pk"), MOST_REMOVED_FEATURES)


def _delete_beyond(rows: Any, most: int) -> None:
    too_many = list(rows.values_list("pk", flat=True)[most:])
    if too_many:
        rows.model.objects.filter(pk__in=too_many).delete()


def _subjects(sight: Sight, differing: Mapping[str, ListedFeature | None]) -> list[Subject]:
    these: dict[str, Any] = {"server_id": sight.server_id, "name__in": list(differing)}
    rows = {row.name: row for row in MODELS[sight.kind].objects.filter(**these)}
    changes = FeatureChange.objects.undecided().filter(kind=sight.kind, **these)
    undecided = {change.name: change for change in changes}
    return [
        Subject(
            row=rows.get(name) or _new_row(sight, name),
            listed=listed,
            undecided=undecided.get(name),
        )
        for name, listed in differing.items()
    ]


def _new_row(sight: Sight, name: str) -> Feature:
    """The row of a feature that was never seen; until it is shown, it is one that is not there."""
    row: Feature = MODELS[sight.kind](
        server_id=sight.server_id,
        name=name,
        first_seen_at=sight.now,
        last_seen_at=sight.now,
        removed_at=sight.now,
    )
    return row


def _write_rows(kind: FeatureKind, rows: list[Feature]) -> None:
    MODELS[kind].objects.bulk_create([row for row in rows if row.pk is None])
    MODELS[kind].objects.bulk_update([row for row in rows if row.pk is not None], WRITTEN_COLUMNS)


def _change(before: dict[str, Any] | None, after: dict[str, Any] | None) -> Change:
    if before is None:
        return Change.ADDED
    return Change.CHANGED if after is not None else Change.REMOVED


def _state(policy: Policy.Drift, change: Change) -> State:
    """What the policy makes of a change; what is gone cannot be held back, but looked at."""
    if policy == Policy.Drift.HOLD and change == Change.REMOVED:
        return State.OPEN
    return _STATES[policy]
