"""Door to ``accounts.signing_keys``: a new key, and the end of those that are spent."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import audit, signing_keys


class Command(BaseCommand):
    help = "Make a key that signs tokens from now on; what the others signed holds until it ends."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--prune", action="store_true", help="only remove the keys that verify nothing any more"
        )

    def handle(self, *args: Any, prune: bool, **options: Any) -> None:
        try:
            said = self._prune() if prune else self._rotate()
        except (OSError, signing_keys.UnreadableKey) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(said)

    def _rotate(self) -> str:
        now = timezone.now()
        key = signing_keys.rotate(now=now)
        audit.record(action="signing_key.rotate", subject=key.kid, now=now)
        return f"The key {key.kid} signs from now on."

    def _prune(self) -> str:
        now = timezone.now()
        removed = signing_keys.prune(now=now)
        for kid in removed:
            audit.record(action="signing_key.prune", subject=kid, now=now)
        return f"Removed {len(removed)} key(s)."
