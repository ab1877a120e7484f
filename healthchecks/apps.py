from django.apps import AppConfig


class HealthchecksConfig(AppConfig):
    name = "healthchecks"
    verbose_name = "health checks"

    def ready(self) -> None:
        from healthchecks import receivers  # noqa: F401 - connects itself; needs the models
