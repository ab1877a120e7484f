"""Reads, repairs and checks whole files of servers; writes nothing."""

import gzip
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from django.utils.dateparse import parse_datetime

from registry_site.lib.canonical_json import canonical_bytes
from registry_site.lib.json_body import DEEPEST_NESTING, nesting_exceeds
from registry_site.lib.progress import Progress
from servers.documents import (
    InvalidDocument,
    from_catalogue,
    is_catalogue_entry,
    repair_document,
    validate_document,
)
from servers.importing.report import ImportEntry, ImportReport, Remark
from servers.services import ListedTool

OFFICIAL_META = "io.modelcontextprotocol.registry/official"
# The first two bytes of a compressed file.
GZIP = b"\x1f\x8b"


class UnreadableFile(Exception):
    """A file that cannot be imported at all; says which and why."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")


class _Unusable(Exception):
    """One entry that cannot be imported; says why."""


def read_entries(
    paths: Sequence[Path], *, report: ImportReport, progress: Progress
) -> list[ImportEntry]:
    """Every valid entry of the files; repairs and refusals go to ``report``.

    Raises ``UnreadableFile`` for the first file that holds nothing of a known shape.
    """
    found = [(path, index, value) for path in paths for index, value in enumerate(_load(path), 1)]
    progress.total(len(found))
    entries = []
    for path, index, value in found:
        try:
            entry = _entry(value)
        except _Unusable as error:
            report.refused.append(Remark(f"{path.name}, entry {index}{_named(value)}", str(error)))
        else:
            report.repaired += [Remark(entry.label, repair) for repair in entry.repairs]
            entries.append(entry)
        progress.advance()
    report.read += len(found)
    return entries


def _load(path: Path) -> list[Any]:
    """The entries of one file, of whichever known shape."""
    try:
        packed = path.read_bytes()
        content = orjson.loads(gzip.decompress(packed) if packed[:2] == GZIP else packed)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None)
        raise UnreadableFile(path, reason or f"cannot be read: {error}") from error
    except orjson.JSONDecodeError as error:
        raise UnreadableFile(path, f"not JSON: {error}") from error
    values = content.get("servers", [content]) if isinstance(content, dict) else content
    if not isinstance(values, list) or not any(_is_known_shape(value) for value in values):
        raise UnreadableFile(
            path, "holds no server: expected a server.json, an export of a registry or a catalogue"
        )
    return values


def _is_known_shape(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    wrapped = isinstance(value.get("server"), dict)
    bare = "name" in value and bool(value.keys() & {"$schema", "version", "packages", "remotes"})
    return wrapped or bare or is_catalogue_entry(value)


def _named(value: Any) -> str:
    """The name of an entry that cannot be used, where it has one."""
    document = value.get("server", value) if isinstance(value, dict) else None
    name = document.get("name") if isinstance(document, dict) else None
    return f" ({name})" if isinstance(name, str) else ""


def _entry(value: Any) -> ImportEntry:
    """The entry in ``value``, repaired and valid. Raises ``_Unusable``."""
    if not _is_known_shape(value):
        raise _Unusable("neither a server.json nor an entry of a registry or a catalogue.")
    if nesting_exceeds(value, DEEPEST_NESTING):
        raise _Unusable(f"nested deeper than {DEEPEST_NESTING} levels.")
    if b"\\u0000" in canonical_bytes(value):
        raise _Unusable("the character U+0000 cannot be stored.")
    if isinstance(value.get("server"), dict):
        return _official_entry(value)
    if is_catalogue_entry(value):
        return _catalogue_entry(value)
    return _checked(value)


def _official_entry(value: dict[str, Any]) -> ImportEntry:
    meta = value.get("_meta")
    official = meta.get(OFFICIAL_META) if isinstance(meta, dict) else None
    stated = official if isinstance(official, dict) else {}
    if stated.get("status") == "deleted":
        raise _Unusable("deleted in the registry it comes from.")
    return _checked(value["server"], published_at=_moment(stated.get("publishedAt")))


def _catalogue_entry(value: dict[str, Any]) -> ImportEntry:
    found = from_catalogue(value)
    return _checked(
        found.document,
        notes=found.notes,
        tags=found.tags,
        category=found.category,
        tools=[ListedTool(definition=definition) for definition in found.tools],
    )


def _checked(document: dict[str, Any], *, notes: Sequence[str] = (), **beside: Any) -> ImportEntry:
    repaired, repairs = repair_document(document)
    try:
        validate_document(repaired)
    except InvalidDocument as error:
        raise _Unusable(str(error)) from error
    return ImportEntry(document=repaired, repairs=[*notes, *repairs], **beside)


def _moment(text: Any) -> datetime | None:
    """The RFC 3339 moment in ``text``, or ``None`` where it is none."""
    try:
        moment = parse_datetime(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
