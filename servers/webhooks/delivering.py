"""Sends what is due from the database, at least once each, and notes how it went.

A webhook is claimed under a lease, gets one delivery, and the result counts while the lease
holds. A process killed in between leaves a lease that runs out, and the next sweep sends again,
under the same ``webhook-id``. One request at a time for each webhook, and turns by who has waited
longest: a receiver that is down takes one place, however much waits for it.
"""

import json
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from asgiref.sync import async_to_sync, sync_to_async
from django.db import DatabaseError, transaction

from accounts import audit
from accounts.encryption import Undecipherable, decrypt
from registry_site.lib.bounded_work import work_through
from servers.models import Webhook, WebhookDelivery
from servers.webhooks.sending import Answer, Message, send
from servers.webhooks.signing import PURPOSE, signed_headers

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]

# Requests at once, and seconds for each from the first byte to the last.
CONCURRENCY = 32
DEADLINE = 10.0
# A request cannot take longer, however it ends, and whatever waits for a thread or a lock.
LEASE = timedelta(seconds=2 * DEADLINE + 10)
# A sweep stops taking up work after this.
SWEEP_LASTS = timedelta(seconds=20)
KEPT_FOR = timedelta(days=30)
PRUNED_AT_ONCE = 1000

GONE = "The receiver answered 410 Gone: it wants nothing more."
UNREADABLE = "The secret cannot be read with the present ROLLCALL_SECRET_KEY: rotate it."


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to send one delivery of a webhook and to record how that went."""

    webhook: Webhook
    delivery: WebhookDelivery
    now: datetime

    def message(self) -> Message:
        """Raises ``Undecipherable``."""
        # ASCII: a foreign server's text may hold what UTF-8 cannot carry.
        body = json.dumps(self.delivery.payload, separators=(",", ":")).encode("ascii")
        signed = signed_headers(
            message_id=str(self.delivery.public_id),
            body=body,
            with_secrets=[
                decrypt(each, purpose=PURPOSE) for each in self.webhook.encrypted_secrets(self.now)
            ],
            now=self.now,
        )
        headers = {"Content-Type": "application/json", **signed}
        return Message(url=self.webhook.url, body=body, headers=headers)


def deliver_due(*, clock: Clock) -> int:
    """Send what is due, for a while; returns how many results were recorded."""
    started = clock()
    prune(now=started)
    recorded = 0

    def take(free: int) -> list[Claim]:
        now = clock()
        return [] if now - started > SWEEP_LASTS else claim_due(now=now, limit=free)

    def record(claim: Claim, answer: Answer) -> None:
        nonlocal recorded
        try:
            recorded += record_answer(claim=claim, answer=answer, now=clock())
        except DatabaseError:
            # The others go on; the lease of this one runs out and it is sent again.
            logger.exception("A delivery of webhook %s was not recorded", claim.webhook.pk)

    async_to_sync(work_through)(
        take=sync_to_async(take),
        do=_attempt,
        record=sync_to_async(record),
        concurrency=CONCURRENCY,
    )
    return recorded


def claim_due(*, now: datetime, limit: int) -> list[Claim]:
    """Take a lease on up to ``limit`` webhooks that nobody is at, with a delivery each."""
    # A look before the lock: most sweeps find nothing, and writers need not wait for them.
    if limit <= 0 or not Webhook.objects.due(now).exists():
        return []
    token = uuid.uuid4().hex
    with transaction.atomic():
        due = Webhook.objects.due(now).select_for_update(skip_locked=True, of=("self",))
        ids = list(due.values_list("pk", flat=True)[:limit])
        free = Webhook.objects.due(now).filter(pk__in=ids).order_by()
        free.update(lease_token=token, lease_until=now + LEASE)
    claims = (_claim(hook, now) for hook in Webhook.objects.held_with(token))
    return [claim for claim in claims if claim]


def _claim(webhook: Webhook, now: datetime) -> Claim | None:
    """``None`` where what was due has been deleted since; the lease then just runs out."""
    delivery = webhook.deliveries.due(now).first()
    return Claim(webhook=webhook, delivery=delivery, now=now) if delivery else None


async def _attempt(claim: Claim) -> Answer:
    try:
        return await send(claim.message(), deadline=DEADLINE)
    except Undecipherable:
        return Answer(error=UNREADABLE)
    except Exception:  # noqa: BLE001 - no answer, whatever it is, may end the other deliveries
        logger.exception("A delivery of webhook %s broke", claim.webhook.pk)
        return Answer(error="The request could not be made; the log says why.")


@transaction.atomic
def record_answer(*, claim: Claim, answer: Answer, now: datetime) -> bool:
    """Write how a delivery went and end the lease; ``False`` if the lease was lost meanwhile.

    Whoever holds it then sends the delivery again, and records instead.
    """
    held = Webhook.objects.held_with(claim.webhook.lease_token).filter(pk=claim.webhook.pk)
    webhook = held.select_for_update().first()
    if webhook is None:
        return False
    webhook.lease_token, webhook.lease_until = "", now
    delivery = webhook.deliveries.filter(pk=claim.delivery.pk).first()
    if delivery is not None:
        _note(delivery, answer, now)
    if answer.gone and webhook.enabled:
        webhook.enabled, webhook.disabled_reason = False, GONE
        after = {"enabled": False, "reason": GONE}
        audit.record(action="webhook.disable", subject=webhook.subject, after=after, now=now)
    webhook.save(update_fields=["lease_token", "lease_until", "enabled", "disabled_reason"])
    return delivery is not None


def _note(delivery: WebhookDelivery, answer: Answer, now: datetime) -> None:
    if answer.accepted:
        delivery.succeed(http_status=answer.http_status, now=now)
    else:
        delivery.fail(http_status=answer.http_status, error=answer.error, now=now)
    delivery.save()


def prune(*, now: datetime) -> int:
    """Delete what is over and past its time, a batch at once; returns how many."""
    over = WebhookDelivery.objects.over(before=now - KEPT_FOR)
    ids = list(over.values_list("pk", flat=True)[:PRUNED_AT_ONCE])
    return WebhookDelivery.objects.filter(pk__in=ids).delete()[0] if ids else 0
