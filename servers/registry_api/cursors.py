"""Where the next page of a list begins, as one word that a client gives back as it is.

A client may send the cursor unescaped and may leave out the filters from page two on. So it is made
of letters, digits, ``-``, ``_`` and ``.`` alone, and carries the filters. It is signed: one that
was damaged or made up on the way is noticed rather than answered with the wrong page.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.core.signing import BadSignature, Signer


class InvalidCursor(ValueError):
    """Not a cursor that this registry gave out."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a list is narrowed to."""

    search: str = ""
    version: str = ""
    updated_since: datetime | None = None
    include_deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """A list, and its last entry that was shown: its key in the order of the list, and its id."""

    filters: Filters
    key: str
    version_id: int

    def encode(self) -> str:
        filters = asdict(self.filters)
        if since := self.filters.updated_since:
            filters["updated_since"] = since.isoformat()
        return _signer().sign_object([filters, self.key, self.version_id])

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        """Raises ``InvalidCursor``."""
        try:
            filters, key, version_id = _signer().unsign_object(text)
        except (BadSignature, ValueError) as error:
            raise InvalidCursor("This is no cursor of this registry.") from error
        return cls(filters=_filters(filters), key=key, version_id=version_id)


def _filters(stored: dict[str, Any]) -> Filters:
    since = stored["updated_since"]
    return Filters(**stored | {"updated_since": since and datetime.fromisoformat(since)})


def _signer() -> Signer:
    return Signer(salt="servers.registry_api.cursors", sep=".")
