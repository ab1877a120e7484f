from django.apps import AppConfig


class HealthchecksConfig(AppConfig):
    name = "healthchecks"
    verbose_name = "health checks"

    def ready(self) -> None:
        from healthchecks import checks, receivers  # noqa: F401 - they register themselves
