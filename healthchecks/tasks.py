"""The doorbell: a message says only that there may be something to do; the rows say what."""

import threading

from celery import shared_task
from django.utils import timezone

from healthchecks import services

# A second sweep in the same process would only wait beside the first, in a thread that other
# tasks need; the first one takes up what has become due meanwhile.
_sweeping = threading.Lock()


@shared_task
def sweep() -> None:
    """Probe whatever is due. Beat rings for it every few seconds."""
    if not _sweeping.acquire(blocking=False):
        return
    try:
        services.sweep(clock=timezone.now)
    finally:
        _sweeping.release()
