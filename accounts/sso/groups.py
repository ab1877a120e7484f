"""What the groups of an identity provider mean here: roles in teams, and who administrates.

Read from ``ROLLCALL_OIDC_GROUP_ROLES``; nothing here asks the database.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug

from accounts.access import Role

ADMINISTRATOR = "administrator"
_RANKS = list(Role)  # each role includes the one before


class InvalidGroupRoles(ValueError):
    """Not a mapping of groups."""


@dataclass(frozen=True, kw_only=True)
class Rights:
    """What somebody's groups give: a role in each team, and perhaps everything."""

    roles: Mapping[str, Role] = field(default_factory=dict)
    is_administrator: bool = False


@dataclass(frozen=True)
class GroupRoles:
    """Pairs of a group and what it gives: ``team:role`` or ``administrator``."""

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads ``group=team:role; group=administrator``. Raises ``InvalidGroupRoles``.

        Entries end with a semicolon and the last ``=`` counts, so that a group may be an LDAP name.
        """
        return cls(tuple(_pair(entry) for entry in text.split(";") if entry.strip()))

    @property
    def names_administrators(self) -> bool:
        """Whether the provider decides who is an administrator."""
        return any(target == ADMINISTRATOR for _, target in self.pairs)

    def rights_of(self, groups: Collection[str]) -> Rights:
        """What ``groups`` give together; in each team the highest role."""
        targets = [target for group, target in self.pairs if group in groups]
        roles: dict[str, Role] = {}
        for target in targets:
            if target != ADMINISTRATOR:
                team, _, role = target.partition(":")
                roles[team] = max(Role(role), roles.get(team, Role.VIEWER), key=_RANKS.index)
        return Rights(roles=roles, is_administrator=ADMINISTRATOR in targets)


def groups_in(claims: Mapping[str, Any], claim: str) -> frozenset[str]:
    """The groups that ``claims`` name: a list of texts, or one text."""
    value = claims.get(claim)
    if isinstance(value, str):
        return frozenset({value})
    if not isinstance(value, list):
        return frozenset()
    return frozenset(group for group in value if isinstance(group, str))


def _pair(entry: str) -> tuple[str, str]:
    group, separator, target = (part.strip() for part in entry.rpartition("="))
    if not (separator and group):
        raise InvalidGroupRoles(f"{entry.strip()!r} is not of the form group=team:role.")
    if target != ADMINISTRATOR:
        _check_role(target)
    return group, target


def _check_role(target: str) -> None:
    team, _, role = target.partition(":")
    try:
        validate_slug(team)
        Role(role)
    except (ValidationError, ValueError) as error:
        known = ", ".join(Role)
        raise InvalidGroupRoles(
            f"{target!r} is neither {ADMINISTRATOR} nor team:role with a role of {known}."
        ) from error
