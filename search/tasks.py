"""The bell of the search index: beat rings every few seconds, a changed catalogue at once."""

import logging

from celery import shared_task
from django.utils import timezone

from search.embedding import ModelNotReady
from search.services import RefreshIsRunning, refresh_index

logger = logging.getLogger(__name__)


@shared_task
def refresh() -> None:
    """Index what is due; whatever keeps this ring from it, the next one finds it still due."""
    try:
        refresh_index(now=timezone.now())
    except (RefreshIsRunning, ModelNotReady) as reason:
        logger.info("No refresh this time: %s", reason)
