"""Compares files with the catalogue: what would have to be done, field by field. Writes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from enum import StrEnum
from typing import Any, cast

from accounts.models import Team
from registry_site.lib.json_diff import Difference, diff, in_words
from servers.access import Visibility
from servers.as_code.entries import ServerEntry, VersionEntry
from servers.as_code.problems import Problem
from servers.models import ReviewState, Server, ServerVersion
from servers.services import ServerChanges, registry_facts
from servers.services.tags import in_lower_case

# Characters of a value in a difference.
LONGEST_SHOWN = 200


class Verb(StrEnum):
    """What is done with a server."""

    CREATE = "create"
    RESTORE = "restore"
    UPDATE = "update"
    DELETE = "delete"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """What holds where a file says nothing of it."""

    team: Team
    visibility: Visibility = Visibility.TEAM

    def facts(self) -> dict[str, Any]:
        """In the words of ``servers.services.registry_facts``."""
        return {
            "team": self.team.slug,
            "visibility": str(self.visibility),
            "category": "",
            "tags": [],
            "labels": {},
            "aliases": [],
            "contact": "",
            "runbook_url": "",
            "monitored": True,
            "enabled": True,
            "pinned": False,
            "successor": None,
        }


@dataclass(kw_only=True)
class ServerPlan:
    """What is to be done for one file; ``differences`` says it for people."""

    entry: ServerEntry
    server: Server | None
    changes: ServerChanges
    successor: str | None = None
    publish: list[VersionEntry] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    @property
    def verb(self) -> Verb:
        if self.server is None:
            return Verb.CREATE
        if self.server.deleted_at is not None:
            return Verb.RESTORE
        return Verb.UPDATE if self.differences else Verb.UNCHANGED


def plan(
    entries: Sequence[ServerEntry], defaults: Defaults
) -> tuple[list[ServerPlan], list[Problem]]:
    """The plan of each entry, and what stands in the way."""
    known = _known_servers(entries)
    teams = {team.slug: team for team in Team.objects.all()}
    names = {entry.name.lower() for entry in entries}
    problems: list[Problem] = []
    plans = []
    for entry in entries:
        server = known.get(entry.name.lower())
        problems += _missing(entry, teams, names)
        problems += _conflicts(entry, server)
        plans.append(_plan(entry, server, teams, defaults))
    return plans, problems


def _known_servers(entries: Sequence[ServerEntry]) -> dict[str, Server]:
    rows = Server.objects.filter(name_key__in=[entry.name.lower() for entry in entries])
    rows = rows.select_related("team", "successor", "registered_by", "source")
    rows = rows.prefetch_related("versions", "tags", "aliases")
    return {server.name.lower(): server for server in rows}


def _missing(entry: ServerEntry, teams: Mapping[str, Team], names: set[str]) -> Iterator[Problem]:
    """What the file refers to and is not there."""
    registry = entry.registry or {}
    if "team" in registry and registry["team"] not in teams:
        yield entry.problem("registry.team", f"There is no team {registry['team']!r}.")
    successor = registry.get("successor")
    if successor is None:
        return
    if successor.lower() == entry.name.lower():
        yield entry.problem("registry.successor", "must be another server.")
    elif successor.lower() not in names and not _is_there(successor):
        yield entry.problem("registry.successor", f"There is no server {successor!r}.")


def _is_there(name: str) -> bool:
    return Server.objects.not_deleted().filter(name_key=name.lower()).exists()


def _conflicts(entry: ServerEntry, server: Server | None) -> Iterator[Problem]:
    """Where what is published would have to change."""
    if server is None:
        return
    if server.name != entry.name:
        path = f"{entry.path_of_document}.name".strip(".")
        yield entry.problem(path, f"differs only in case from {server.name}, which is registered.")
        return
    there = {row.version: row for row in server.versions.all()}
    for version in entry.versions:
        row = there.get(version.version)
        if row is None or row.may_change or row.fingerprint in version.fingerprints:
            continue
        state = "under review" if row.review_state == ReviewState.PENDING else "published"
        reason = f"Version {version.version} is {state} with another document, which cannot change."
        changed = "; ".join(_in_words(diff(row.document, version.accepted.document)))
        yield entry.problem(version.path, f"{reason} {changed}")


def _plan(
    entry: ServerEntry, server: Server | None, teams: Mapping[str, Team], defaults: Defaults
) -> ServerPlan:
    wanted = _wanted(entry, server, defaults)
    present = registry_facts(server) if server else defaults.facts()
    changed = {name: value for name, value in wanted.items() if value != present[name]}
    if server is None:
        changed = wanted
    found = ServerPlan(
        entry=entry,
        server=server,
        changes=_changes(changed, teams, defaults),
        successor=wanted.get("successor"),
    )
    found.differences = [f"registry.{line}" for line in _in_words(_facts_diff(present, wanted))]
    _plan_versions(found)
    return found


def _wanted(entry: ServerEntry, server: Server | None, defaults: Defaults) -> dict[str, Any]:
    """What the file says of the server; a bare document says nothing of one that is known."""
    if entry.registry is None and server is not None:
        return {}
    wanted = defaults.facts() | (entry.registry or {})
    if wanted["successor"] is None:
        wanted["successor"] = _unwritten_successor(server)
    for words in ("tags", "aliases"):
        wanted[words] = sorted(in_lower_case(wanted[words]))
    return wanted


def is_in_the_files(server: Server | None) -> bool:
    """Whether an export writes ``server``, so that other files may refer to it."""
    return server is not None and server.published and server.deleted_at is None


def _unwritten_successor(server: Server | None) -> str | None:
    """The one that an export leaves out: that a file is silent does not take it away."""
    successor = server.successor if server else None
    return None if successor is None or is_in_the_files(successor) else successor.name


def _facts_diff(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[Difference]:
    return diff({name: present[name] for name in wanted}, dict(wanted))


def _changes(
    changed: Mapping[str, Any], teams: Mapping[str, Team], defaults: Defaults
) -> ServerChanges:
    """In the terms of the services, without the successor, who may not be there yet."""
    changes = {name: value for name, value in changed.items() if name != "successor"}
    if "team" in changes:
        changes["team"] = teams.get(changes["team"], defaults.team)
    if "visibility" in changes:
        changes["visibility"] = Visibility(changes["visibility"])
    return cast("ServerChanges", changes)


def _plan_versions(found: ServerPlan) -> None:
    there = {row.version: row for row in found.server.versions.all()} if found.server else {}
    latest = found.server.latest_version.document if found.server else None
    for version in found.entry.versions:
        row = there.get(version.version)
        if row is None or row.may_change:
            found.publish.append(version)
            found.differences += _publication(version, latest)
            latest = latest and version.accepted.document
        if row is not None:
            found.differences += _row_differences(row, version)


def _publication(version: VersionEntry, latest: dict[str, Any] | None) -> Iterator[str]:
    yield f"version {version.version}: published"
    if latest is not None:
        for line in _in_words(diff(latest, version.accepted.document)):
            yield f"version {version.version}: {line}"


def _row_differences(row: ServerVersion, version: VersionEntry) -> Iterator[str]:
    """How the life of a published version differs from what the file says."""
    present, wanted = life_of(row), life_of_entry(version)
    if row.review_state == ReviewState.APPROVED:
        for line in _in_words(diff({name: present[name] for name in wanted}, wanted)):
            yield f"version {row.version}: {line}"


def life_of(row: ServerVersion) -> dict[str, Any]:
    """The status and the date of a version, as files have them."""
    return {
        "status": str(row.status),
        "status_message": row.status_message,
        "published_at": row.published_at.isoformat(),
    }


def life_of_entry(version: VersionEntry) -> dict[str, Any]:
    """The same of a file; without a date where it states none."""
    life: dict[str, Any] = {
        "status": str(version.status),
        "status_message": version.status_message,
    }
    if version.published_at is not None:
        life["published_at"] = version.published_at.astimezone(UTC).isoformat()
    return life


def _in_words(differences: Sequence[Difference]) -> Iterator[str]:
    return (in_words(each, longest=LONGEST_SHOWN) for each in differences)
