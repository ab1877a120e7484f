"""The tools, prompts and resources of a server, made what one complete listing said.

One path for all three kinds. The first listing of a kind is the server's baseline; what is listed
otherwise later is drift, of which ``servers.services.drift`` makes what the policy says. A listing
that says the same as the one before, as nearly all do, is noted in a few statements.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounts import audit
from servers.models import Event, FeatureChange, FeatureKind, Policy, Server, ServerVersion
from servers.models.features import MODELS
from servers.scanning.recording import record_findings
from servers.services.changing import settle_change
from servers.services.drift import Sight, forget_oldest, write_listing
from servers.services.events import emit
from servers.services.listed import ListedFeature, ListedTool, Offer
from servers.services.news import announce

# A foreign server lists what it likes, at every check; audit trail and events name this many.
MOST_NAMES_TOLD = 50

# The column that says since when there is a baseline.
_LISTED_AT = {
    FeatureKind.TOOL: "features_listed_at",
    FeatureKind.PROMPT: "prompts_listed_at",
    FeatureKind.RESOURCE: "resources_listed_at",
}

Listed = Mapping[FeatureKind, Mapping[str, ListedFeature]]


@dataclass(kw_only=True)
class ToolChanges:
    """The names of what one listing of a kind added, changed and no longer offers."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    @property
    def names(self) -> list[str]:
        return [*self.added, *self.changed, *self.removed]

    def facts(self) -> audit.Facts:
        """The changes in the audit trail: the first names of each sort, and how many there are."""
        return {
            sort: {"count": len(names), "names": names[:MOST_NAMES_TOLD]}
            for sort, names in asdict(self).items()
            if names
        }


Changes = dict[FeatureKind, ToolChanges]


@dataclass(frozen=True, kw_only=True)
class Lister:
    """The server that lists, as far as recording has to know it."""

    pk: int
    name: str
    version: str  # approved at that time
    without_baseline: list[FeatureKind]

    def sight(self, kind: FeatureKind, policy: Policy | None, now: datetime) -> Sight:
        drifts = policy is not None and kind not in self.without_baseline
        return Sight(
            server_id=self.pk,
            kind=kind,
            policy=Policy.Drift(policy.drift) if policy and drifts else None,
            version=self.version,
            now=now,
        )


@transaction.atomic
def record_features(*, server_id: int, offer: Offer, now: datetime) -> Changes:
    """Make what is known of a server what it listed; running it again changes nothing.

    Returns what was listed otherwise than before. A server deleted in the meantime has nothing to
    record.
    """
    lister, listed = _locked(server_id), offer.by_kind()
    if lister is None:
        return {}
    changes = _compare(server_id, listed)
    drifted = changes.keys() - lister.without_baseline
    policy = Policy.objects.for_name(lister.name) if drifted else None
    found = _write(lister, listed, changes, policy, now)
    _keep_baselines(lister, listed, now)
    if policy:
        _tell_of_drift(server_id, policy, changes, found, now)
    elif changes:
        _tell_of_baseline(lister, changes, now)
    if changes:
        record_findings(server_id=server_id, now=now)
    return changes


def write_tools(*, server_id: int, tools: Sequence[ListedTool], now: datetime) -> ToolChanges:
    """Write the tools that a file names, until a check lists the real ones; they are no baseline.

    In the caller's transaction, for callers that tell of many servers at once.
    """
    lister, listed = _locked(server_id), Offer(tools=tools).by_kind()
    if lister is None or FeatureKind.TOOL not in lister.without_baseline:
        return ToolChanges()
    changes = _compare(server_id, listed)
    if changes:
        _write(lister, listed, changes, None, now)
        _raise_revision(server_id, now)
    return changes.get(FeatureKind.TOOL, ToolChanges())


def _locked(server_id: int) -> Lister | None:
    """The server, which one transaction at a time may change."""
    locked = Server.objects.filter(pk=server_id).select_for_update().order_by()
    row = locked.values_list("name", *_LISTED_AT.values()).first()
    if row is None:
        return None
    name, *listed_at = row
    latest = ServerVersion.objects.approved().filter(server_id=server_id, is_latest=True)
    return Lister(
        pk=server_id,
        name=name,
        version=latest.order_by().values_list("version", flat=True).first() or "",
        without_baseline=[kind for kind, at in zip(_LISTED_AT, listed_at, strict=True) if not at],
    )


def _compare(server_id: int, listed: Listed) -> Changes:
    """What is listed otherwise than at the last listing, by the kinds of which anything is."""
    compared = {kind: _changes(listed[kind], _seen(server_id, kind)) for kind in listed}
    return {kind: changes for kind, changes in compared.items() if changes}


def _changes(listed: Mapping[str, ListedFeature], seen: Mapping[str, str]) -> ToolChanges:
    known = {name: each for name, each in listed.items() if name in seen}
    return ToolChanges(
        added=[name for name in listed if name not in seen],
        changed=[name for name, each in known.items() if each.fingerprint != seen[name]],
        removed=[name for name in seen if name not in listed],
    )


def _seen(server_id: int, kind: FeatureKind) -> dict[str, str]:
    """The fingerprints of what the last listing held, by name."""
    there = MODELS[kind].objects.filter(server_id=server_id, removed_at__isnull=True).order_by()
    rows = there.values_list("name", "fingerprint", "observed_fingerprint")
    return {name: observed or shown for name, shown, observed in rows}


def _write(
    lister: Lister, listed: Listed, changes: Changes, policy: Policy | None, now: datetime
) -> list[FeatureChange]:
    """Write what is listed otherwise, and of the rest that it was listed just now."""
    found: list[FeatureChange] = []
    for kind, of_kind in changes.items():
        differing = {name: listed[kind].get(name) for name in of_kind.names}
        found += write_listing(sight=lister.sight(kind, policy, now), differing=differing)
    for kind in filter(listed.get, listed):
        here = MODELS[kind].objects.filter(server_id=lister.pk, removed_at__isnull=True)
        here.update(last_seen_at=now, version=lister.version)
    return found


def _keep_baselines(lister: Lister, listed: Listed, now: datetime) -> None:
    columns = {_LISTED_AT[kind]: now for kind in listed if kind in lister.without_baseline}
    if columns:
        Server.objects.filter(pk=lister.pk).update(**columns)


def _raise_revision(server_id: int, now: datetime) -> None:
    """Have search follow, although no person changed anything."""
    Server.objects.filter(pk=server_id).update(revision=F("revision") + 1, updated_at=now)


def _tell_of_baseline(lister: Lister, changes: Changes, now: datetime) -> None:
    _raise_revision(lister.pk, now)
    audit.record(action="server.listing", subject=lister.name, after=_facts(changes), now=now)
    announce([lister.pk])


def _tell_of_drift(
    server_id: int, policy: Policy, changes: Changes, found: Sequence[FeatureChange], now: datetime
) -> None:
    server = Server.objects.select_related("team").get(pk=server_id)
    forget_oldest(server_id=server_id)
    facts = {"policy": str(policy.drift), **_facts(changes)}
    settle_change(server, action="server.drift", after=facts, now=now)
    if found:
        data = {"policy": str(policy.drift), "changes": told(found), "count": len(found)}
        emit(event=Event.DRIFTED, server=server, data=data, now=now)


def _facts(changes: Changes) -> audit.Facts:
    return {f"{kind}s": of_kind.facts() for kind, of_kind in changes.items()}


def told(changes: Sequence[FeatureChange]) -> list[dict[str, str]]:
    """The first of ``changes``, as events and the audit trail tell of them."""
    return [
        {
            "kind": str(each.kind),
            "name": each.name,
            "change": str(each.change),
            "state": str(each.state),
        }
        for each in changes[:MOST_NAMES_TOLD]
    ]
