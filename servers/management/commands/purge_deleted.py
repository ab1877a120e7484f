"""``manage.py purge_deleted``: remove for good what was deleted a while ago."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from servers.models import Server
from servers.services import purge_deleted

DEFAULT_DAYS = 30
# What a timedelta bears; nobody keeps anything longer.
MOST_DAYS = 36_500


def days(text: str) -> int:
    """A number of days from 0 on."""
    if not (text.isascii() and text.isdigit() and int(text) <= MOST_DAYS):
        raise ArgumentTypeError(f"a whole number from 0 to {MOST_DAYS}")
    return int(text)


class Command(BaseCommand):
    help = (
        "Removes servers for good that were deleted some days ago, with their versions, tools and "
        "grants. Until then they can be restored, and their names stay taken."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--older-than-days", type=days, default=DEFAULT_DAYS, metavar="N")
        parser.add_argument("--dry-run", action="store_true", help="only say which")

    def handle(self, *, older_than_days: int, dry_run: bool, **options: Any) -> None:
        now = timezone.now()
        before = now - timedelta(days=older_than_days)
        if dry_run:
            doomed = Server.objects.filter(deleted_at__lt=before).order_by("name")
            names, verb = list(doomed.values_list("name", flat=True)), "Would purge"
        else:
            names, verb = sorted(purge_deleted(before=before, now=now)), "Purged"
        for name in names:
            self.stdout.write(f"{verb} {name}")
        self.stdout.write(f"{verb} {len(names)} server(s).")
