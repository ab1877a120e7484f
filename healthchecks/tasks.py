"""The doorbell: a message says only that there may be something to do; the rows say what."""

from celery import shared_task
from django.utils import timezone

from healthchecks import services
from registry_site.lib.one_at_a_time import one_at_a_time


@shared_task
@one_at_a_time
def sweep() -> None:
    """Probe whatever is due. Beat rings for it every few seconds."""
    services.sweep(clock=timezone.now)
