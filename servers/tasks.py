"""The bells of the catalogue: a message says only that there may be something to do."""

import threading

from celery import shared_task
from django.utils import timezone

from servers import sources, webhooks

# A second sweep in the same process would only wait beside the first, in a thread that other
# tasks need; the first one takes up what has become due meanwhile.
_delivering = threading.Lock()
_syncing = threading.Lock()


@shared_task
def deliver_webhooks() -> None:
    """Send what webhooks are still to be told. Beat rings for it every few seconds."""
    if not _delivering.acquire(blocking=False):
        return
    try:
        webhooks.deliver_due(clock=timezone.now)
    finally:
        _delivering.release()


@shared_task
def sync_sources() -> None:
    """Run the sources that are due or asked for. Beat rings for it every half minute."""
    if not _syncing.acquire(blocking=False):
        return
    try:
        sources.run_due(clock=timezone.now)
    finally:
        _syncing.release()
