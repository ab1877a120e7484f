"""The Django project: it wires the apps together and owns no domain logic."""

from registry_site.celery import app as celery_app

__all__ = ["celery_app"]
