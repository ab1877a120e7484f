"""One entry of a registry, a catalogue or a plain document: repaired, checked, with its status."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from registry_site.lib.canonical_json import canonical_bytes
from registry_site.lib.json_body import DEEPEST_NESTING, nesting_exceeds
from servers.documents import (
    InvalidDocument,
    from_catalogue,
    is_catalogue_entry,
    repair_document,
    stated_status,
    validate_imported,
)
from servers.documents.upgrades import OFFICIAL_META
from servers.importing.report import ImportEntry
from servers.models import LONGEST_STATUS_MESSAGE, Status
from servers.registry_api.entries import FACTS_META
from servers.services import LONGEST_CATEGORY, LONGEST_TAG, ListedTool


class Unusable(Exception):
    """One entry that cannot be imported; says why."""


def is_known_shape(value: Any) -> bool:
    """Whether ``value`` looks like an entry at all."""
    if not isinstance(value, dict):
        return False
    wrapped = isinstance(value.get("server"), dict)
    bare = "name" in value and bool(value.keys() & {"$schema", "version", "packages", "remotes"})
    return wrapped or bare or is_catalogue_entry(value)


def stated_field(value: Any, field: str) -> str:
    """What an entry, usable or not, states as its ``name`` or ``version``; or nothing.

    Nothing for an entry of a catalogue, which has other names.
    """
    if is_catalogue_entry(value):
        return ""
    document = value.get("server", value) if isinstance(value, dict) else None
    stated = document.get(field) if isinstance(document, dict) else None
    return stated if isinstance(stated, str) and "\0" not in stated else ""


def updated_at(value: Any) -> datetime | None:
    """When the registry it comes from last changed an entry, where it says so."""
    return _moment(_said_by(OFFICIAL_META, value).get("updatedAt"))


def entry_of(value: Any) -> ImportEntry:
    """The entry in ``value``, repaired and valid. Raises ``Unusable``."""
    if not is_known_shape(value):
        raise Unusable("neither a server.json nor an entry of a registry or a catalogue.")
    if nesting_exceeds(value, DEEPEST_NESTING):
        raise Unusable(f"nested deeper than {DEEPEST_NESTING} levels.")
    if b"\\u0000" in canonical_bytes(value):
        raise Unusable("the character U+0000 cannot be stored.")
    if isinstance(value.get("server"), dict):
        return _registry_entry(value)
    if is_catalogue_entry(value):
        return _catalogue_entry(value)
    return _checked(value, status=_status(stated_status(value)))


def _said_by(registry: str, value: Any) -> dict[str, Any]:
    """What stands beside the document of an entry under the key of a registry."""
    meta = value.get("_meta") if isinstance(value, dict) else None
    said = meta.get(registry) if isinstance(meta, dict) else None
    return said if isinstance(said, dict) else {}


def _registry_entry(value: dict[str, Any]) -> ImportEntry:
    official, facts = _said_by(OFFICIAL_META, value), _said_by(FACTS_META, value)
    status = _status(official.get("status", stated_status(value["server"])))
    message = official.get("statusMessage")
    keeps_message = isinstance(message, str) and status != Status.ACTIVE
    return _checked(
        value["server"],
        status=status,
        status_message=str(message)[:LONGEST_STATUS_MESSAGE] if keeps_message else "",
        status_changed_at=_moment(official.get("statusChangedAt")),
        published_at=_moment(official.get("publishedAt")),
        tags=_tags(facts.get("tags")),
        category=_text(facts.get("category"))[:LONGEST_CATEGORY],
    )


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
        validate_imported(repaired)
    except InvalidDocument as error:
        raise Unusable(str(error)) from error
    return ImportEntry(document=repaired, repairs=[*notes, *repairs], **beside)


def _status(stated: Any) -> Status:
    """The status that was stated; a word that is none says nothing."""
    return Status(stated) if stated in Status.values else Status.ACTIVE


def _tags(stated: Any) -> list[str]:
    words = stated if isinstance(stated, list) else []
    return sorted({_text(word).lower()[:LONGEST_TAG] for word in words} - {""})


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _moment(text: Any) -> datetime | None:
    """The RFC 3339 moment in ``text``, or ``None`` where it is none."""
    try:
        moment = parse_datetime(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
