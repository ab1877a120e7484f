"""Door to ``accounts.services.create_first_admin``."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.services import create_first_admin


class Command(BaseCommand):
    help = "Make the user 'admin' with a generated password, unless there is a user already."

    def handle(self, *args: Any, **options: Any) -> None:
        password = create_first_admin(now=timezone.now())
        if password is None:
            self.stdout.write("There are users already; none was made.")
            return
        self.stdout.write(f"Sign in as admin with the password {password}")
        self.stdout.write("It is not shown again; change it under /accounts/password/.")
