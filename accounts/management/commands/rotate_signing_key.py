"""Door to ``rotate_signing_key`` and ``prune_signing_keys`` of ``accounts.services``."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.services import prune_signing_keys, rotate_signing_key
from accounts.signing_keys import UnreadableKey


class Command(BaseCommand):
    help = "Make a key that signs tokens from now on; what the others signed holds until it ends."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--prune", action="store_true", help="only remove the keys that verify nothing any more"
        )

    def handle(self, *args: Any, prune: bool, **options: Any) -> None:
        try:
            said = self._prune() if prune else self._rotate()
        except (OSError, UnreadableKey) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(said)

    def _rotate(self) -> str:
        return f"The key {rotate_signing_key(now=timezone.now()).kid} signs from now on."

    def _prune(self) -> str:
        return f"Removed {len(prune_signing_keys(now=timezone.now()))} key(s)."
