"""Teams and their members."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from accounts import audit
from accounts.access import Role
from accounts.models import Membership, Team, User


class TeamExists(Exception):
    """Another team has this slug."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"A team {slug!r} exists already.")


class DefaultTeam(Exception):
    """The default team cannot be deleted."""

    def __init__(self) -> None:
        super().__init__("The default team stays: servers and people belong to it.")


class TeamInUse(Exception):
    """What belongs to a team has to go, or to another one, before the team does."""

    def __init__(self, team: Team) -> None:
        super().__init__(f"The team {team} has servers: delete them or give them to another team.")


@transaction.atomic
def create_team(*, slug: str, name: str, now: datetime) -> Team:
    """Make a team without members. Raises ``TeamExists``."""
    try:
        with transaction.atomic():
            team = Team.objects.create(slug=slug, name=name)
    except IntegrityError as error:
        raise TeamExists(slug) from error
    audit.record(action="team.create", subject=slug, after={"name": name}, now=now)
    return team


@transaction.atomic
def rename_team(*, team: Team, name: str, now: datetime) -> None:
    """Give ``team`` another name for people; its slug, by which others refer to it, stays."""
    before = Team.objects.select_for_update().get(pk=team.pk).name
    team.name = name
    team.save(update_fields=["name"])
    audit.record_change(
        action="team.update",
        subject=team.slug,
        before={"name": before},
        after={"name": name},
        now=now,
    )


@transaction.atomic
def delete_team(*, team: Team, now: datetime) -> None:
    """Delete ``team`` with its memberships and grants. Raises ``DefaultTeam``, ``TeamInUse``."""
    if team.slug == Team.DEFAULT:
        raise DefaultTeam
    before = {
        "name": team.name,
        "members": {row.user.username: row.role for row in team.memberships.select_related("user")},
        "grants": [str(grant) for grant in team.grants.all()],
    }
    slug = team.slug
    try:
        team.delete()
    except ProtectedError as error:
        raise TeamInUse(team) from error
    audit.record(action="team.delete", subject=slug, before=before, now=now)


@transaction.atomic
def set_member(
    *, team: Team, user: User, role: Role, now: datetime, from_sso: bool = False
) -> Membership:
    """Make ``user`` a member of ``team`` with ``role``, or change the role of a member.

    Whoever gave the role that is there has given it: the same one again changes nothing.
    """
    known = Membership.objects.select_for_update()
    membership, is_new = known.get_or_create(
        team=team, user=user, defaults={"role": role, "from_sso": from_sso}
    )
    before = _facts(None if is_new else membership)
    if membership.role != role:
        membership.role, membership.from_sso = role, from_sso
        membership.save(update_fields=["role", "from_sso"])
    _record(membership, before=before, after=_facts(membership), now=now)
    return membership


@transaction.atomic
def remove_member(*, membership: Membership, now: datetime) -> None:
    """End a membership; what the team was granted ends for the member with it."""
    deleted, _ = Membership.objects.filter(pk=membership.pk).delete()
    if deleted:
        _record(membership, before=_facts(membership), after=_facts(None), now=now)


def _facts(membership: Membership | None) -> audit.Facts:
    """What is written down of a membership, or of there being none."""
    if membership is None:
        return {"role": None, "from_sso": False}
    return {"role": str(membership.role), "from_sso": membership.from_sso}


def _record(
    membership: Membership, *, before: audit.Facts, after: audit.Facts, now: datetime
) -> None:
    """A membership is a fact about its team: the role of somebody in it, and who gave it."""
    username = membership.user.username
    audit.record_change(
        action="team.member",
        subject=membership.team.slug,
        before={f"{fact} of {username}": value for fact, value in before.items()},
        after={f"{fact} of {username}": value for fact, value in after.items()},
        now=now,
    )
