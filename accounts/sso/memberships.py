"""Makes the memberships of an account what its groups at the identity provider say, at sign-in.

Only memberships that single sign-on gave are changed or taken back; what people gave stays.
"""

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from accounts.access import Role
from accounts.models import Membership, Team, User
from accounts.services import (
    LastAdministrator,
    change_user,
    create_team,
    remove_member,
    set_member,
)
from accounts.sso.groups import GroupRoles, Rights


@transaction.atomic
def apply_groups(
    *, user: User, groups: frozenset[str], group_roles: GroupRoles, now: datetime
) -> None:
    """Give ``user`` what ``groups`` give, and take what they no longer give."""
    rights = group_roles.rights_of(groups)
    for slug, role in rights.roles.items():
        _give(user, slug, role, now)
    _take_back(user, rights, now)
    if group_roles.names_administrators:
        _set_administrator(user, rights.is_administrator, now)


def _give(user: User, slug: str, role: Role, now: datetime) -> None:
    team = Team.objects.filter(slug=slug).first() or create_team(slug=slug, name=slug, now=now)
    known = Membership.objects.filter(team=team, user=user).first()
    if known and _was_given_by_people(known):
        return
    set_member(team=team, user=user, role=role, now=now, from_sso=True)


def _take_back(user: User, rights: Rights, now: datetime) -> None:
    given = Membership.objects.filter(user=user, from_sso=True).select_related("team", "user")
    for membership in given.exclude(team__slug__in=rights.roles):
        if membership.team.slug == Team.DEFAULT:
            set_member(team=membership.team, user=user, role=Role.VIEWER, now=now)
        else:
            remove_member(membership=membership, now=now)


def _was_given_by_people(membership: Membership) -> bool:
    """Everybody is a viewer of the default team: nobody in particular gave that."""
    is_everybodys = membership.team.slug == Team.DEFAULT and membership.role == Role.VIEWER
    return not membership.from_sso and not is_everybodys


def _set_administrator(user: User, is_administrator: bool, now: datetime) -> None:
    with suppress(LastAdministrator):  # somebody has to be able to make another one
        change_user(user=user, changes={"is_superuser": is_administrator}, now=now)
