"""The bell of the search index: beat rings every few seconds, a changed catalogue at once."""

import logging

from celery import shared_task
from django.utils import timezone

from registry_site.lib import doorbell
from registry_site.lib.one_at_a_time import one_at_a_time
from search.embedding import ModelNotReady
from search.services import (
    PublicationIsRunning,
    RefreshIsRunning,
    feedback,
    publication_due,
    publish_index,
    refresh_index,
)

logger = logging.getLogger(__name__)


@shared_task
def refresh() -> None:
    """Index what is due; whatever keeps this ring from it, the next one finds it still due."""
    try:
        report = refresh_index(now=timezone.now())
    except (RefreshIsRunning, ModelNotReady) as reason:
        logger.info("No refresh this time: %s", reason)
        return
    if report.servers:
        doorbell.ring(publish)


@shared_task
@one_at_a_time
def publish() -> None:
    """Publish the index if it is time to; the next ring finds out what this one could not do."""
    now = timezone.now()
    try:
        if publication_due(now=now):
            publish_index(now=now)
    except (PublicationIsRunning, ModelNotReady) as reason:
        logger.info("No publication this time: %s", reason)


@shared_task
def forget_searches() -> None:
    """Delete what was logged longer ago than it is kept; whoever misses a ring hears the next."""
    feedback.forget_searches(now=timezone.now())
