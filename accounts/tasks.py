"""The hourly bell that clears away credentials that are over."""

from celery import shared_task
from django.utils import timezone

from accounts import services


@shared_task
def forget_expired() -> None:
    """Nothing depends on when it runs: what has expired opens nothing any more."""
    services.forget_expired(now=timezone.now())
