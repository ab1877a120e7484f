"""One server as a file says it should be.

A file has the blocks ``registry`` (what the registry itself says of the server; what is left out
has its default) and ``versions``, the oldest first. A bare ``server.json`` is its one version and
says nothing of the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from registry_site.lib.canonical_json import fingerprint
from servers.as_code.problems import Problem
from servers.as_code.shape import FILE, REGISTRY, VERSION, wrong_fields
from servers.as_code.texts import ParsedText
from servers.documents import Accepted, InvalidDocument, accept_imported
from servers.models import Status


@dataclass(frozen=True, kw_only=True)
class Place:
    """A file, and how to find a line in it."""

    file: str
    text: ParsedText

    def problem(self, path: str, reason: str) -> Problem:
        return Problem(file=self.file, line=self.text.line_of(path), field=path, reason=reason)


@dataclass(frozen=True, kw_only=True)
class VersionEntry:
    """One version; ``path`` is where it stands in its file."""

    path: str
    stated: dict[str, Any]
    accepted: Accepted
    status: Status = Status.ACTIVE
    status_message: str = ""

    @property
    def published_at(self) -> datetime | None:
        return self.accepted.published_at

    @property
    def version(self) -> str:
        return str(self.accepted.document["version"])

    @property
    def fingerprints(self) -> set[str]:
        """Of the document as it was written, and under the current schema."""
        return {fingerprint(self.stated), fingerprint(self.accepted.document)}


@dataclass(frozen=True, kw_only=True)
class ServerEntry:
    """One server; ``registry`` is nothing where the file leaves it to the registry."""

    place: Place
    registry: dict[str, Any] | None
    versions: tuple[VersionEntry, ...]

    @property
    def name(self) -> str:
        return str(self.versions[0].accepted.document["name"])

    @property
    def path_of_document(self) -> str:
        return self.versions[0].path

    def problem(self, path: str, reason: str) -> Problem:
        return self.place.problem(path, reason)


def read_entry(place: Place) -> ServerEntry | list[Problem]:
    """The server that a file describes, or everything that is wrong with it."""
    value = place.text.value
    bare = isinstance(value, dict) and "name" in value and "versions" not in value
    if bare:
        value = {"registry": None, "versions": [{"server": value}]}
    elif problems := [place.problem(*wrong) for wrong in _wrong_outside(value)]:
        return problems
    problems, versions = _versions(value["versions"], place, bare=bare)
    problems = problems or list(_unlike(versions, place))
    if problems:
        return problems
    registry = value.get("registry", {})
    return ServerEntry(place=place, registry=registry, versions=tuple(versions))


def _wrong_outside(value: Any) -> Iterator[tuple[str, str]]:
    """What is wrong around the documents."""
    yield from wrong_fields(value, FILE, "")
    if not isinstance(value, dict):
        return
    yield from wrong_fields(value.get("registry", {}), REGISTRY, "registry")
    versions = value.get("versions")
    if not isinstance(versions, list) or not versions:
        yield "versions", "must be a list of at least one version."
        return
    for index, version in enumerate(versions):
        yield from wrong_fields(version, VERSION, f"versions[{index}]")
        yield from _wrong_version(version, f"versions[{index}]")


def _wrong_version(version: Any, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(version, dict):
        return
    if "server" not in version:
        yield f"{path}.server", "is required: the server.json document."
    if version.get("status_message") and version.get("status", "active") == "active":
        yield f"{path}.status_message", "says why a version is deprecated or deleted, not active."


def _versions(
    stated: list[dict[str, Any]], place: Place, *, bare: bool
) -> tuple[list[Problem], list[VersionEntry]]:
    problems: list[Problem] = []
    versions: list[VersionEntry] = []
    for index, version in enumerate(stated):
        path = "" if bare else f"versions[{index}].server"
        try:
            published_at = parse_datetime(version.get("published_at", ""))
            accepted = accept_imported(version["server"], published_at=published_at)
        except InvalidDocument as invalid:
            for error in invalid.errors:
                where = f"{path}.{error.path}".strip(".")
                problems.append(place.problem(where, error.message))
        else:
            versions.append(_version(version, accepted, path))
    return problems, versions


def _version(stated: dict[str, Any], accepted: Accepted, path: str) -> VersionEntry:
    return VersionEntry(
        path=path,
        stated=stated["server"],
        accepted=accepted,
        status=Status(stated.get("status") or accepted.status or Status.ACTIVE),
        status_message=stated.get("status_message", ""),
    )


def _unlike(versions: list[VersionEntry], place: Place) -> Iterator[Problem]:
    """Versions of one file have one name, and each its own version."""
    name = versions[0].accepted.document["name"]
    seen: set[str] = set()
    for version in versions:
        if version.accepted.document["name"] != name:
            yield place.problem(f"{version.path}.name", f"must be {name!r} in every version.")
        if version.version in seen:
            reason = f"{version.version!r} stands twice."
            yield place.problem(f"{version.path}.version", reason)
        seen.add(version.version)
