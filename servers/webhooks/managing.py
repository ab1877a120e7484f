"""Webhooks made, changed, tried and deleted. Who may, the doors ask.

A secret leaves here in clear once, when it is made; an address may hold a secret of its
receiver's, so the audit trail names its host only.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypedDict

from django.db import transaction

from accounts import audit
from accounts.encryption import encrypt
from accounts.models import Team, User
from registry_site.lib.outbound import check_url
from servers.models import Event, Webhook, WebhookDelivery
from servers.services.events import announce_deliveries
from servers.webhooks.signing import PURPOSE, new_secret

# How long the secret that was replaced goes on signing beside the new one.
OLD_SECRET_SIGNS_FOR = timedelta(hours=24)
# Of one team, or for all servers: each event is a row for every webhook that is told of it.
MOST_WEBHOOKS = 50


class TooManyWebhooks(Exception):
    """The team has as many as it may."""

    def __init__(self) -> None:
        super().__init__(f"There are {MOST_WEBHOOKS} webhooks already: delete one first.")


class WebhookIsOff(Exception):
    """Nothing is sent by a webhook that is off."""

    def __init__(self, webhook: Webhook) -> None:
        super().__init__(f"The {webhook.subject} is off: switch it on first.")


class WebhookChanges(TypedDict, total=False):
    """What can be changed of a webhook."""

    url: str
    events: list[Event]
    enabled: bool


@transaction.atomic
def create_webhook(
    *,
    url: str,
    now: datetime,
    events: Iterable[Event] = (),
    team: Team | None = None,
    created_by: User | None = None,
    enabled: bool = True,
) -> tuple[Webhook, str]:
    """A webhook for ``team``, or for all servers, and its secret in clear, which is kept nowhere.

    Without ``events`` it is told of all. Raises ``OutboundRefused`` for an address that nothing
    is ever sent to, and ``TooManyWebhooks``.
    """
    check_url(url)
    if Webhook.objects.filter(team=team).count() >= MOST_WEBHOOKS:
        raise TooManyWebhooks
    secret = new_secret()
    webhook = Webhook.objects.create(
        url=url,
        secret=encrypt(secret, purpose=PURPOSE),
        events=_names(events),
        team=team,
        enabled=enabled,
        created_by=created_by,
        created_at=now,
    )
    audit.record(action="webhook.create", subject=webhook.subject, after=_facts(webhook), now=now)
    return webhook, secret


@transaction.atomic
def change_webhook(*, webhook: Webhook, changes: WebhookChanges, now: datetime) -> None:
    """What waits for a webhook that was off is sent once it is on. Raises ``OutboundRefused``."""
    _lock(webhook)
    before = _facts(webhook)
    webhook.url = changes.get("url", webhook.url)
    check_url(webhook.url)
    if "events" in changes:
        webhook.events = _names(changes["events"])
    if changes.get("enabled"):
        webhook.disabled_reason = ""
    webhook.enabled = changes.get("enabled", webhook.enabled)
    webhook.save()
    after = _facts(webhook)
    audit.record_change(
        action="webhook.update", subject=webhook.subject, before=before, after=after, now=now
    )
    announce_deliveries()


@transaction.atomic
def rotate_secret(*, webhook: Webhook, now: datetime) -> str:
    """A new secret in clear; the one before signs beside it for a day."""
    _lock(webhook)
    secret = new_secret()
    webhook.old_secret = webhook.secret
    webhook.old_secret_until = now + OLD_SECRET_SIGNS_FOR
    webhook.secret = encrypt(secret, purpose=PURPOSE)
    webhook.save()
    audit.record(action="webhook.rotate_secret", subject=webhook.subject, now=now)
    return secret


@transaction.atomic
def delete_webhook(*, webhook: Webhook, now: datetime) -> None:
    """With what is still to be sent, and with the log."""
    subject, before = webhook.subject, _facts(webhook)
    webhook.delete()
    audit.record(action="webhook.delete", subject=subject, before=before, now=now)


@transaction.atomic
def ping(*, webhook: Webhook, now: datetime) -> WebhookDelivery:
    """Have something sent that tells of nothing, to see whether it arrives.

    Raises ``WebhookIsOff``.
    """
    if not webhook.enabled:
        raise WebhookIsOff(webhook)
    delivery = WebhookDelivery.objects.create(
        webhook=webhook,
        event=Event.PING,
        payload={"type": str(Event.PING), "timestamp": now.isoformat(), "data": {}},
        created_at=now,
        next_attempt_at=now,
    )
    audit.record(action="webhook.ping", subject=webhook.subject, now=now)
    announce_deliveries()
    return delivery


@transaction.atomic
def redeliver(*, delivery: WebhookDelivery, now: datetime) -> None:
    """Send a delivery again, whatever became of it, under the id its receiver knows it by.

    Raises ``WebhookIsOff``.
    """
    _lock(delivery.webhook)
    if not delivery.webhook.enabled:
        raise WebhookIsOff(delivery.webhook)
    delivery.refresh_from_db()
    delivery.start_over(now)
    delivery.save()
    audit.record(
        action="webhook.redeliver",
        subject=delivery.webhook.subject,
        detail=str(delivery.public_id),
        now=now,
    )
    announce_deliveries()


def _lock(webhook: Webhook) -> None:
    """Let one transaction at a time change ``webhook``, and let it see what the last one wrote."""
    webhook.refresh_from_db(from_queryset=Webhook.objects.select_for_update())


def _names(events: Iterable[Event]) -> list[str]:
    return sorted({str(event) for event in events})


def _facts(webhook: Webhook) -> audit.Facts:
    return {
        "host": webhook.host,
        "events": webhook.events,
        "team": webhook.team.slug if webhook.team else None,
        "enabled": webhook.enabled,
    }
