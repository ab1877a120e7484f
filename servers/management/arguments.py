"""Arguments that several commands about servers share."""

from argparse import ArgumentParser

from django.core.management.base import CommandError

from accounts.models import Team
from servers.access import Visibility


def add_owner_arguments(parser: ArgumentParser, *, visibility: Visibility) -> None:
    """``--team`` and ``--visibility``, for servers that are new."""
    parser.add_argument("--team", metavar="SLUG", default=Team.DEFAULT, help="whose they are")
    parser.add_argument(
        "--visibility",
        choices=Visibility.values,
        default=visibility.value,
        help="who sees them: everybody, their team, or nobody without a grant",
    )


def team_named(slug: str) -> Team:
    """Raises ``CommandError``."""
    if slug == Team.DEFAULT:
        return Team.objects.default()
    team = Team.objects.filter(slug=slug).first()
    if team is None:
        raise CommandError(f"There is no team {slug!r}.", returncode=2)
    return team
