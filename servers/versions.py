"""Which of a server's versions is the latest: semantic versioning where it is used."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

_SEMVER = re.compile(
    r"v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?",
    re.ASCII,
)

# Sorts as semver.org, clause 11, says: releases after their pre-releases, numbers before words.
Precedence = tuple[tuple[int, int, int], bool, tuple[tuple[bool, int, str], ...]]


_NO_PRECEDENCE: Precedence = ((0, 0, 0), False, ())


class Dated(NamedTuple):
    """A version and when it was published."""

    version: str
    published_at: datetime


def precedence(version: str) -> Precedence | None:
    """A key that sorts semantic versions, or ``None`` for what is not one."""
    match = _SEMVER.fullmatch(version)
    if match is None:
        return None
    major, minor, patch, pre_release = match.groups()
    return (int(major), int(minor), int(patch)), pre_release is None, _parts(pre_release)


def _parts(pre_release: str | None) -> tuple[tuple[bool, int, str], ...]:
    if pre_release is None:
        return ()
    return tuple(
        (False, int(part), "") if part.isdecimal() else (True, 0, part)
        for part in pre_release.split(".")
    )


def latest_of(versions: Sequence[Dated]) -> str:
    """The highest semantic version; where there is none, the newest version."""
    return max(versions, key=_rank).version


def _rank(dated: Dated) -> tuple[bool, Precedence, datetime]:
    key = precedence(dated.version)
    return key is not None, key or _NO_PRECEDENCE, dated.published_at
