from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ServersConfig(AppConfig):
    name = "servers"

    def ready(self) -> None:
        from servers import access_triggers, receivers  # noqa: F401 - connects them

        post_migrate.connect(access_triggers.install, sender=self)
