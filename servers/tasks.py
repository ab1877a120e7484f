"""The bells of the catalogue: a message says only that there may be something to do."""

from celery import shared_task
from django.utils import timezone

from registry_site.lib.one_at_a_time import one_at_a_time
from servers import sources, webhooks


@shared_task
@one_at_a_time
def deliver_webhooks() -> None:
    """Send what webhooks are still to be told. Beat rings for it every few seconds."""
    webhooks.deliver_due(clock=timezone.now)


@shared_task
@one_at_a_time
def sync_sources() -> None:
    """Run the sources that are due or asked for. Beat rings for it every half minute."""
    sources.run_due(clock=timezone.now)
