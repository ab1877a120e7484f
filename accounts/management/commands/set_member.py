"""Door to ``accounts.services.set_member`` and ``remove_member``."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.access import Role
from accounts.management.arguments import active_user, team_of
from accounts.models import Membership, Team
from accounts.services import remove_member, set_member

NOBODY = "none"


class Command(BaseCommand):
    help = "Give somebody a role in a team; the role 'none' ends the membership."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("team", metavar="SLUG")
        parser.add_argument("username")
        parser.add_argument("role", choices=[*Role.values, NOBODY])

    def handle(self, *args: Any, **options: Any) -> None:
        team, role = team_of(options["team"]), options["role"]
        if role == NOBODY:
            self._remove(team, options["username"])
            return
        user = active_user(options["username"])
        membership = set_member(team=team, user=user, role=Role(role), now=timezone.now())
        self.stdout.write(f"Set: {membership}.")

    def _remove(self, team: Team, username: str) -> None:
        membership = Membership.objects.filter(team=team, user__username=username).first()
        if membership is None:
            raise CommandError(f"{username!r} is no member of the team {team}.", returncode=2)
        remove_member(membership=membership, now=timezone.now())
        self.stdout.write(f"Removed {username} from the team {team}.")
