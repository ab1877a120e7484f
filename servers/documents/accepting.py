"""What a person publishes, whichever dated schema it states: upgraded, then held to the rules."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from servers.documents.errors import DocumentError, InvalidDocument
from servers.documents.upgrades import RENAMED, is_renaming, stated_status, upgrade_document
from servers.documents.validation import validate_document, validate_imported

_OLD_NAMES = {new: old for old, new in RENAMED.items()}
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A document under the current schema, and what accepting it meant.

    ``changes`` says in words what the upgrade changed; ``status`` is the lifecycle status that a
    document of before 2025-09-29 stated, for which the current schema has no place.
    ``published_at`` is when that was done before, where it is known.
    """

    document: dict[str, Any]
    changes: list[str]
    status: str | None
    published_at: datetime | None = None


def accept_document(document: Any) -> Accepted:
    """``document`` under the current schema. Raises ``InvalidDocument`` with every error.

    The errors name the fields as the document does. What is accepted already stays so.
    """
    if isinstance(document, Accepted):
        return document
    if not isinstance(document, dict):
        validate_document(document)
    upgraded, changes = upgrade_document(document)
    try:
        validate_document(upgraded)
    except InvalidDocument as invalid:
        if not any(map(is_renaming, changes)):
            raise
        raise InvalidDocument([_as_written(error) for error in invalid.errors]) from None
    return Accepted(document=upgraded, changes=changes, status=stated_status(document))


def _as_written(error: DocumentError) -> DocumentError:
    """``error`` by the names that fields had in the schema of 2025-07-09."""
    path = _WORD.sub(lambda word: _OLD_NAMES.get(word.group(), word.group()), error.path)
    return replace(error, path=path)


def accept_imported(document: dict[str, Any], *, published_at: datetime | None = None) -> Accepted:
    """The same of a document that a registry has published before, by the rules for these."""
    upgraded, changes = upgrade_document(document)
    validate_imported(upgraded)
    return Accepted(
        document=upgraded,
        changes=changes,
        status=stated_status(document),
        published_at=published_at,
    )
