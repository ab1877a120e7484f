"""Door to ``accounts.services.create_team``."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_slug
from django.utils import timezone

from accounts.management.arguments import text_of
from accounts.services import TeamExists, create_team

LONGEST_SLUG = 50
LONGEST_NAME = 100


class Command(BaseCommand):
    help = "Make a team without members."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="its name in addresses: letters, digits, - and _")
        parser.add_argument("--name", help="its name for people (default: the slug)")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = text_of("A slug", options["slug"], longest=LONGEST_SLUG)
        name = text_of("The name of a team", options["name"] or slug, longest=LONGEST_NAME)
        try:
            validate_slug(slug)
            create_team(slug=slug, name=name, now=timezone.now())
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=2) from error
        except TeamExists as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(f"Made the team {slug}.")
