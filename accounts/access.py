"""The words of the permission system: actions, roles, patterns and scopes.

Nothing here asks the database. What follows from these words for a server is decided by
``servers.access``, the one place of that rule.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.db import models

EVERYTHING = "*"
LONGEST_PATTERN = 200
# The grammar of server names (server.json schema 2025-12-11) on both sides of the slash.
_NAMESPACE = r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?"
_NAME = r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?"
_PATTERN = re.compile(rf"{_NAMESPACE}/(?:\*|{_NAME})")
# One wildcard at the end, and no other: what matches can then be read off at a glance.
_TOOL_PATTERN = re.compile(r"[^*\s\x00-\x1f]+\*?")


class Action(models.TextChoices):
    """What can be done to a server."""

    VIEW = "view", "view"
    CALL = "call", "call its tools"
    REGISTER = "register", "register"
    EDIT = "edit", "edit"
    REVIEW = "review", "review"
    PROBE = "probe", "probe"
    ADMINISTER = "administer", "administer"


class Role(models.TextChoices):
    """What a member of a team may do with the team's servers; each role includes the one before."""

    VIEWER = "viewer", "viewer"
    CONTRIBUTOR = "contributor", "contributor"
    MAINTAINER = "maintainer", "maintainer"
    ADMIN = "admin", "admin"

    @property
    def actions(self) -> frozenset[Action]:
        """What the role allows on the servers of its team."""
        return _ACTIONS_OF_ROLE[self]


_VIEWER = frozenset({Action.VIEW, Action.CALL})
_CONTRIBUTOR = _VIEWER | {Action.REGISTER, Action.PROBE}
_MAINTAINER = _CONTRIBUTOR | {Action.EDIT, Action.REVIEW}
_ACTIONS_OF_ROLE = {
    Role.VIEWER: _VIEWER,
    Role.CONTRIBUTOR: _CONTRIBUTOR,
    Role.MAINTAINER: _MAINTAINER,
    Role.ADMIN: _MAINTAINER | {Action.ADMINISTER},
}
# What contributors may do with the servers they registered themselves: all but approve them.
ACTIONS_OF_OWNER = frozenset(Action) - {Action.REVIEW}


def implied_by(action: Action) -> frozenset[Action]:
    """The actions whose permission includes ``action``: whoever may touch a server may see it.

    To register under a namespace says nothing of the servers that are there already.
    """
    if action is Action.VIEW:
        return frozenset(Action) - {Action.REGISTER}
    return frozenset({action})


class InvalidPattern(ValueError):
    """Not a pattern of server names or of tool names."""


class InvalidToolPattern(InvalidPattern):
    """Not a pattern of tool names."""


def server_pattern(text: str) -> str:
    """``text`` as a pattern of server names; in lower case, for they are unique ignoring case.

    ``*`` is every server, ``namespace/*`` every server of exactly this namespace, and
    ``namespace/name`` one server. Raises ``InvalidPattern``.
    """
    pattern = text.strip().lower()
    if pattern != EVERYTHING and not (
        len(pattern) <= LONGEST_PATTERN and _PATTERN.fullmatch(pattern)
    ):
        raise InvalidPattern(f"{text!r} is not a pattern: say *, namespace/* or namespace/name.")
    return pattern


def patterns_of(name: str) -> tuple[str, str, str]:
    """The three patterns that cover the server ``name``: the server, its namespace, everything."""
    name = name.lower()
    return name, f"{name.partition('/')[0]}/{EVERYTHING}", EVERYTHING


def tool_pattern(text: str) -> str:
    """``text`` as a pattern of tool names: a whole name, or its beginning and ``*``.

    An empty text is every tool. Raises ``InvalidToolPattern``.
    """
    pattern = text.strip()
    if pattern in ("", EVERYTHING):
        return ""
    if len(pattern) > LONGEST_PATTERN or not _TOOL_PATTERN.fullmatch(pattern):
        raise InvalidToolPattern(f"{text!r} is not a pattern of tools: say a name, or prefix*.")
    return pattern


class InvalidScope(ValueError):
    """Not a scope of a token."""


@dataclass(frozen=True, order=True)
class Scope:
    """What a token may be used for: an action, on every server or on those of a pattern.

    Written ``view`` or ``call:com.example/*``. A scope gives nothing that its owner has not.
    """

    action: Action
    pattern: str = EVERYTHING

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ``InvalidScope``."""
        action, colon, pattern = text.strip().partition(":")
        try:
            return cls(Action(action), server_pattern(pattern if colon else EVERYTHING))
        except InvalidPattern as error:
            raise InvalidScope(f"The scope {text!r} has no valid pattern: {error}") from error
        except ValueError as error:
            known = ", ".join(Action)
            raise InvalidScope(
                f"{text!r} is not a scope: its action is none of {known}."
            ) from error

    def includes(self, other: "Scope") -> bool:
        """Whether whatever ``other`` lets through passes here as well."""
        return self.action in implied_by(other.action) and self.pattern in patterns_of(
            other.pattern
        )

    def __str__(self) -> str:
        return self.action if self.pattern == EVERYTHING else f"{self.action}:{self.pattern}"


def parse_scopes(texts: Iterable[str]) -> tuple[Scope, ...]:
    """The scopes, sorted and without repeats. Raises ``InvalidScope``."""
    return tuple(sorted({Scope.parse(text) for text in texts}))
