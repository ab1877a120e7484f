"""``manage.py rotate_credentials``: encrypt every secret again with the present secret key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from servers.reencryption import reencrypt_everything


class Command(BaseCommand):
    help = (
        "Encrypts again what was encrypted with an earlier ROLLCALL_SECRET_KEY, so that it can be "
        "taken out of ROLLCALL_SECRET_KEY_FALLBACKS."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        report = reencrypt_everything(now=timezone.now())
        self.stdout.write(f"{report.done} secret(s) encrypted with the present key.")
        if report.undecipherable:
            lost = "; ".join(report.undecipherable)
            raise CommandError(f"No key that is known opens these: {lost}.")
