"""Webhooks: who is told, how what is sent is signed, and how it gets there.

What is to be told is written by ``servers.services.emit``; nothing here decides that.
"""

from servers.webhooks.delivering import deliver_due
from servers.webhooks.managing import (
    TooManyWebhooks,
    WebhookChanges,
    WebhookIsOff,
    change_webhook,
    create_webhook,
    delete_webhook,
    ping,
    redeliver,
    rotate_secret,
)
from servers.webhooks.signing import PURPOSE

__all__ = [
    "PURPOSE",
    "TooManyWebhooks",
    "WebhookChanges",
    "WebhookIsOff",
    "change_webhook",
    "create_webhook",
    "delete_webhook",
    "deliver_due",
    "ping",
    "redeliver",
    "rotate_secret",
]
