"""What the catalogue itself does when something is to be delivered: it rings, the task delivers."""

from typing import Any

from django.dispatch import receiver

from registry_site.lib import doorbell
from servers.signals import deliveries_waiting
from servers.tasks import deliver_webhooks


@receiver(deliveries_waiting, dispatch_uid="servers.ring_for_deliveries")
def ring_for_deliveries(**_: Any) -> None:
    """Without a broker a delivery waits for beat, it is not lost."""
    doorbell.ring(deliver_webhooks)
