"""Door to ``accounts.services.revoke``."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.access import Action, InvalidPattern, server_pattern, tool_pattern
from accounts.management.arguments import holder
from accounts.models import Grant, Team
from accounts.services import revoke


class Command(BaseCommand):
    help = "Take back what a user or a team was granted, named as it was for `grant`."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("to", metavar="USER|team:SLUG")
        parser.add_argument("action", choices=Action.values)
        parser.add_argument("pattern")
        parser.add_argument("--tool", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        to = holder(options["to"])
        try:
            found = Grant.objects.filter(
                user=None if isinstance(to, Team) else to,
                team=to if isinstance(to, Team) else None,
                action=options["action"],
                pattern=server_pattern(options["pattern"]),
                tool_pattern=tool_pattern(options["tool"]),
            ).first()
        except InvalidPattern as error:
            raise CommandError(str(error), returncode=2) from error
        if found is None:
            raise CommandError("There is no such grant.", returncode=2)
        revoke(grant=found, now=timezone.now())
        self.stdout.write(f"Revoked: {found}.")
