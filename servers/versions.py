"""Which of a server's versions is the latest: semantic versioning where it is used."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from semver import Version


class Dated(NamedTuple):
    """A version and when it was published."""

    version: str
    published_at: datetime


_NO_PRECEDENCE = Version(0)


def precedence(version: str) -> Version | None:
    """``version`` as it compares with others, or ``None`` where it is no semantic version."""
    text = version.removeprefix("v")
    return Version.parse(text) if text.isascii() and Version.is_valid(text) else None


def latest_of(versions: Sequence[Dated]) -> str:
    """The highest semantic version; where there is none, the newest version."""
    return max(versions, key=_rank).version


def _rank(dated: Dated) -> tuple[bool, Version, datetime]:
    key = precedence(dated.version)
    return key is not None, key or _NO_PRECEDENCE, dated.published_at
