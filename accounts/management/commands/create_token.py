"""Door to ``accounts.services.create_token``; only the token goes to standard output."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.api.serializers import LONGEST_LIFETIME_DAYS
from accounts.models import ApiToken, User
from accounts.services import create_token


class Command(BaseCommand):
    help = "Make an API token for a user and print it, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("name", help="what the token is for")
        parser.add_argument("--days", metavar="N", help="days until it expires (default: never)")

    def handle(self, *args: Any, **options: Any) -> None:
        _, clear = create_token(
            user=_user(options["username"]),
            name=_name(options["name"]),
            lifetime=_lifetime(options["days"]),
        )
        self.stdout.write(clear)


def _user(username: str) -> User:
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active user named {username!r}.", returncode=2)
    return user


def _name(name: str) -> str:
    longest = ApiToken._meta.get_field("name").max_length
    if not name.strip() or len(name) > longest:
        raise CommandError(f"The name of a token has 1 to {longest} characters.", returncode=2)
    return name


def _lifetime(days: str | None) -> timedelta | None:
    if days is None:
        return None
    if not days.isdecimal() or not 1 <= int(days) <= LONGEST_LIFETIME_DAYS:
        raise CommandError(
            f"--days is a whole number from 1 to {LONGEST_LIFETIME_DAYS}, not {days!r}.",
            returncode=2,
        )
    return timedelta(days=int(days))
