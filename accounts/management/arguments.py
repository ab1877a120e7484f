"""How the commands of this app name an account, a team and a span of days.

Each of these raises ``CommandError`` with one sentence for what is wrong.
"""

from datetime import timedelta

from django.core.management.base import CommandError

from accounts.models import Team, User
from accounts.services import LONGEST_LIFETIME_DAYS

OF_A_TEAM = "team:"


def active_user(username: str) -> User:
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active user named {username!r}.", returncode=2)
    return user


def team_of(slug: str) -> Team:
    if slug == Team.DEFAULT:
        return Team.objects.default()
    team = Team.objects.filter(slug=slug).first()
    if team is None:
        raise CommandError(f"There is no team {slug!r}.", returncode=2)
    return team


def holder(text: str) -> User | Team:
    """``team:SLUG`` or a username, also of a closed account: what it holds may be taken back."""
    if text.startswith(OF_A_TEAM):
        return team_of(text.removeprefix(OF_A_TEAM))
    user = User.objects.filter(username=text).first()
    if user is None:
        raise CommandError(f"There is no user named {text!r}.", returncode=2)
    return user


def days(text: str | None) -> timedelta | None:
    """A whole number of days; ``None`` where nothing was said."""
    if text is None:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= LONGEST_LIFETIME_DAYS:
        raise CommandError(
            f"--expires-in-days is a whole number from 1 to {LONGEST_LIFETIME_DAYS}, not {text!r}.",
            returncode=2,
        )
    return timedelta(days=int(text))


def text_of(what: str, text: str, *, longest: int) -> str:
    """``text``, which is not empty and fits its column."""
    if not text.strip() or len(text) > longest:
        raise CommandError(f"{what} has 1 to {longest} characters.", returncode=2)
    return text
