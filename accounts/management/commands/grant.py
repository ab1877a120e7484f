"""Door to ``accounts.services.grant``."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.access import Action, InvalidPattern
from accounts.management.arguments import days, holder
from accounts.services import GrantExists, HolderIsClosed, ToolsOfThisAction, grant

LONGEST_NOTE = 200


class Command(BaseCommand):
    help = "Allow a user or a team an action on the servers of a pattern."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("to", metavar="USER|team:SLUG")
        parser.add_argument("action", choices=Action.values)
        parser.add_argument("pattern", help="'*', 'namespace/*' or 'namespace/name'")
        parser.add_argument("--tool", default="", help="a tool's name or 'prefix*' (view and call)")
        parser.add_argument("--expires-in-days", metavar="N", help="default: never")
        parser.add_argument("--note", default="", help="why it is granted")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        lifetime = days(options["expires_in_days"])
        if len(options["note"]) > LONGEST_NOTE:
            raise CommandError(f"A note has {LONGEST_NOTE} characters at most.", returncode=2)
        try:
            made = grant(
                to=holder(options["to"]),
                action=Action(options["action"]),
                pattern=options["pattern"],
                tools=options["tool"],
                expires_at=now + lifetime if lifetime else None,
                note=options["note"],
                now=now,
            )
        except (InvalidPattern, ToolsOfThisAction, HolderIsClosed, GrantExists) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(f"Granted: {made}.")
