"""Door to ``accounts.services.create_token``; only the token goes to standard output."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.access import InvalidScope
from accounts.management.arguments import active_user, days, text_of
from accounts.services import create_token

LONGEST_NAME = 100


class Command(BaseCommand):
    help = "Make an API token for a user and print it, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("name", help="what the token is for")
        parser.add_argument(
            "--scope",
            action="append",
            metavar="SCOPE",
            help="view, call:com.example/* ...; may be repeated (default: all the user may do)",
        )
        parser.add_argument(
            "--expires-in-days",
            "--days",
            metavar="N",
            help="days until it expires (default: never)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            _, clear = create_token(
                user=active_user(options["username"]),
                name=text_of("The name of a token", options["name"], longest=LONGEST_NAME),
                lifetime=days(options["expires_in_days"]),
                scopes=options["scope"],
                now=timezone.now(),
            )
        except InvalidScope as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(clear)
