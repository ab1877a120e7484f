"""The app ``accounts``."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import checks, receivers  # noqa: F401 - they register themselves
        from accounts.api import openapi  # noqa: F401 - registers itself
