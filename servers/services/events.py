"""Events for webhooks, written in the transaction of what they tell of."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.actors import current_actor
from servers.models import Event, Server, Webhook, WebhookDelivery
from servers.signals import deliveries_waiting


def emit(*, event: Event, server: Server, data: dict[str, Any], now: datetime) -> None:
    """Have ``event`` of ``server`` delivered to every webhook that listens."""
    listening = [hook for hook in Webhook.objects.of(server) if event in (hook.events or Event)]
    if not listening:
        return
    payload = _payload(event, server, data, now)
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            webhook=hook,
            event=event,
            server_name=server.name,
            payload=payload,
            created_at=now,
            next_attempt_at=now,
        )
        for hook in listening
    )
    announce_deliveries()


def announce_deliveries() -> None:
    """Say once that there may be something to deliver, when the transaction is committed.

    However many events it has: each ring takes a connection to the broker.
    """
    to_do = transaction.get_connection().run_on_commit
    if not any(function is _tell_of_deliveries for _, function, _ in to_do):
        transaction.on_commit(_tell_of_deliveries, robust=True)


def _tell_of_deliveries() -> None:
    deliveries_waiting.send_robust(sender=Webhook)


def _payload(event: Event, server: Server, data: dict[str, Any], now: datetime) -> dict[str, Any]:
    about = {
        "name": server.name,
        "title": server.display_title,
        "team": server.team.slug,
        "visibility": str(server.visibility),
    }
    actor = current_actor().username or None
    return {
        "type": str(event),
        "timestamp": now.isoformat(),
        "data": {"server": about, "actor": actor, **data},
    }
