"""What is due reaches a real receiver, signed, at least once, whatever happens on the way."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock

import pytest
import time_machine
from django.db import DatabaseError
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import AuditEvent
from registry_site.lib.outbound.client import LARGEST_RESPONSE
from servers import webhooks
from servers.models import Event, Server, Webhook, WebhookDelivery
from servers.services import emit
from servers.webhooks import delivering
from servers.webhooks.delivering import LEASE, Claim, claim_due, deliver_due, record_answer
from servers.webhooks.sending import Answer
from tests.fixtures.factories import ServerFactory, administrator
from tests.fixtures.webhook_receiver import Received, Receiver, listening

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
State = WebhookDelivery.State


@pytest.fixture(scope="module")
def served() -> Iterator[Receiver]:
    with listening() as receiver:
        yield receiver


@pytest.fixture
def receiver(served: Receiver) -> Receiver:
    """As new for each test, at one address."""
    served.status, served.text, served.headers = 204, "", {}
    served.silent = False
    served.received.clear()
    return served


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The time of everything, which stands still until it is moved."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def hook(url: str, **options: Any) -> tuple[Webhook, str]:
    return webhooks.create_webhook(url=url, created_by=administrator(), now=NOW, **options)


def happen(times: int = 1, server: Server | None = None) -> None:
    """Something happens to a server, again and again."""
    server = server or ServerFactory.create()
    for number in range(times):
        emit(event=Event.UPDATED, server=server, data={"number": number}, now=timezone.now())


def deliver() -> int:
    return deliver_due(clock=timezone.now)


def is_signed(received: Received, secret: str) -> bool:
    """As a receiver checks it."""
    content = f"{received.id}.{received.headers['webhook-timestamp']}.".encode() + received.body
    digest = hmac.digest(b64decode(secret.removeprefix("whsec_")), content, hashlib.sha256)
    signature = "v1," + b64encode(digest).decode()
    return signature in received.headers["webhook-signature"].split(" ")


# --- On a good day -----------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_any_2xx_is_a_delivery(
    receiver: Receiver, clock: time_machine.Traveller, status: int
) -> None:
    _, secret = hook(receiver.url)
    receiver.status = status
    happen()

    assert deliver() == 1
    [received] = receiver.received
    row = WebhookDelivery.objects.get()
    assert (row.state, row.attempts, row.http_status) == (State.DELIVERED, 1, status)
    assert (received.id, received.payload) == (str(row.public_id), row.payload)
    assert received.headers["content-type"] == "application/json"
    assert is_signed(received, secret)
    assert deliver() == 0


def test_events_arrive_in_the_order_in_which_they_happened(
    receiver: Receiver, clock: time_machine.Traveller
) -> None:
    hook(receiver.url)
    happen(times=20)

    assert deliver() == 20
    assert [each.payload["data"]["number"] for each in receiver.received] == list(range(20))


def test_for_a_day_the_replaced_secret_signs_as_well(
    receiver: Receiver, clock: time_machine.Traveller
) -> None:
    webhook, old = hook(receiver.url)
    new = webhooks.rotate_secret(webhook=webhook, now=NOW)
    for age in (timedelta(hours=23), timedelta(hours=25)):
        clock.move_to(NOW + age)
        happen()
        deliver()

    soon, later = receiver.received
    assert (is_signed(soon, old), is_signed(soon, new)) == (True, True)
    assert (is_signed(later, old), is_signed(later, new)) == (False, True)


# --- On a bad day ------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500, 503])
def test_anything_else_is_tried_again(
    receiver: Receiver, clock: time_machine.Traveller, status: int
) -> None:
    hook(receiver.url)
    receiver.status, receiver.text = status, "not  today\n\x00" + "x" * 5000
    receiver.headers = {"location": "http://169.254.169.254/"}
    happen()

    deliver()

    row = WebhookDelivery.objects.get()
    assert (row.state, row.attempts, row.http_status) == (State.PENDING, 1, status)
    assert row.last_error.startswith(f"HTTP {status}: not today xxx")
    assert len(row.last_error) < 220
    assert len(receiver.received) == 1


def test_of_a_refusal_only_the_beginning_is_read(
    receiver: Receiver, clock: time_machine.Traveller
) -> None:
    hook(receiver.url)
    receiver.status, receiver.text = 500, "not today " * (LARGEST_RESPONSE // 5)
    happen()

    deliver()

    assert WebhookDelivery.objects.get().last_error == "HTTP 500: " + "not today " * 20


def test_a_receiver_that_is_down_for_an_hour_gets_everything_once(
    receiver: Receiver, clock: time_machine.Traveller
) -> None:
    hook(receiver.url)
    receiver.status = 503
    happen(times=25)
    accepted: list[Received] = []
    for minute in range(0, 8 * 60, 5):
        clock.move_to(NOW + timedelta(minutes=minute))
        if minute >= 60:
            receiver.status = 204
        receiver.received.clear()
        deliver()
        accepted += receiver.received if minute >= 60 else []

    assert sorted(each.payload["data"]["number"] for each in accepted) == list(range(25))
    assert WebhookDelivery.objects.in_state(State.DELIVERED).count() == 25


def test_a_dead_receiver_holds_up_no_other(
    receiver: Receiver, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "CONCURRENCY", 2)
    monkeypatch.setattr(delivering, "DEADLINE", 0.3)
    with listening() as mute:
        mute.silent = True
        for url in (mute.url, "http://127.0.0.1:1/nobody", receiver.url):
            hook(url)
        happen(times=4)
        deliver()

    assert len(receiver.received) == 4
    failed = WebhookDelivery.objects.in_state(State.PENDING).values_list("last_error", flat=True)
    assert set(failed) == {
        "The connection failed: Connection refused.",
        "No answer within 0.3 seconds.",
    }


def test_an_address_that_is_not_allowed_any_more_is_not_connected_to(
    receiver: Receiver, clock: time_machine.Traveller, settings: Settings
) -> None:
    hook(receiver.url)
    settings.OUTBOUND_ALLOW = []
    happen()
    deliver()

    assert receiver.received == []
    assert "127.0.0.1 is loopback" in WebhookDelivery.objects.get().last_error


def test_a_receiver_that_says_nothing_is_left_at_the_deadline(
    receiver: Receiver, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "DEADLINE", 0.2)
    receiver.silent = True
    hook(receiver.url)
    happen()
    deliver()

    assert WebhookDelivery.objects.get().last_error == "No answer within 0.2 seconds."


def test_after_410_nothing_more_is_sent(receiver: Receiver, clock: time_machine.Traveller) -> None:
    webhook, _ = hook(receiver.url)
    receiver.status = 410
    happen(times=3)

    assert deliver() == 1
    webhook.refresh_from_db()
    assert (webhook.enabled, "410 Gone" in webhook.disabled_reason) == (False, True)
    assert AuditEvent.objects.filter(action="webhook.disable", subject=webhook.subject).exists()
    happen()
    assert WebhookDelivery.objects.count() == 3


def test_an_unreadable_secret_is_said_and_sends_nothing(
    receiver: Receiver, clock: time_machine.Traveller, settings: Settings
) -> None:
    hook(receiver.url)
    happen()
    settings.SECRET_KEY = "another one, and the one before it is lost"  # noqa: S105
    deliver()

    assert receiver.received == []
    assert "rotate it" in WebhookDelivery.objects.get().last_error


# --- Killed in the middle ----------------------------------------------------------------------


def test_what_a_killed_worker_held_is_delivered_once_its_lease_is_over(
    receiver: Receiver, clock: time_machine.Traveller
) -> None:
    hook(receiver.url)
    happen()
    assert len(claim_due(now=NOW, limit=10)) == 1  # and then the worker is killed

    assert deliver() == 0
    clock.move_to(NOW + LEASE)
    assert deliver() == 1
    assert WebhookDelivery.objects.get().state == State.DELIVERED


def test_a_result_that_comes_after_the_lease_counts_for_nothing(
    clock: time_machine.Traveller,
) -> None:
    hook("http://127.0.0.1:1/nobody")
    happen()
    [late] = claim_due(now=NOW, limit=10)
    [current] = claim_due(now=NOW + LEASE, limit=10)

    assert record_answer(claim=late, answer=Answer(http_status=204), now=NOW) is False
    assert WebhookDelivery.objects.get().state == State.PENDING
    assert record_answer(claim=current, answer=Answer(http_status=204), now=NOW) is True
    assert WebhookDelivery.objects.get().attempts == 1


def test_what_was_not_recorded_is_sent_again_and_the_others_are_not_kept_waiting(
    receiver: Receiver, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = hook(receiver.url)[0].pk
    hook(receiver.url)
    happen()

    def record(*, claim: Claim, **rest: Any) -> bool:
        if claim.webhook.pk == failing:
            raise DatabaseError
        return record_answer(claim=claim, **rest)

    with monkeypatch.context() as patch:
        patch.setattr(delivering, "record_answer", record)
        assert deliver() == 1
    clock.move_to(NOW + LEASE)
    assert deliver() == 1
    assert len(receiver.received) == 3
    assert WebhookDelivery.objects.in_state(State.DELIVERED).count() == 2


def test_a_request_that_cannot_be_made_at_all_is_a_failure_like_others(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "send", Mock(side_effect=RuntimeError("never seen before")))
    hook("http://127.0.0.1:1/nobody")
    happen()
    deliver()

    row = WebhookDelivery.objects.get()
    assert (row.state, row.last_error[:27]) == (State.PENDING, "The request could not be ma")


def test_two_workers_never_send_for_one_webhook_at_once(clock: time_machine.Traveller) -> None:
    hook("http://127.0.0.1:1/nobody")
    happen(times=5)

    assert len(claim_due(now=NOW, limit=10)) == 1
    assert claim_due(now=NOW, limit=10) == []


def test_webhooks_take_turns(clock: time_machine.Traveller) -> None:
    for _ in range(3):
        hook("http://127.0.0.1:1/nobody")
    happen(times=2)
    served: list[int] = []
    for second in range(6):
        now = NOW + timedelta(seconds=second)
        [claim] = claim_due(now=now, limit=1)
        record_answer(claim=claim, answer=Answer(http_status=204), now=now)
        served.append(claim.webhook.pk)

    assert served[:3] == served[3:]
    assert len(set(served)) == 3


def test_a_webhook_deleted_while_it_is_sent_is_no_fault(clock: time_machine.Traveller) -> None:
    webhook, _ = hook("http://127.0.0.1:1/nobody")
    happen()
    [claim] = claim_due(now=NOW, limit=10)
    webhooks.delete_webhook(webhook=webhook, now=NOW)

    assert record_answer(claim=claim, answer=Answer(http_status=204), now=NOW) is False


# --- What is kept ------------------------------------------------------------------------------


def test_after_thirty_days_what_is_over_is_forgotten(
    receiver: Receiver, clock: time_machine.Traveller
) -> None:
    hook(receiver.url)
    happen(times=3)
    deliver()
    clock.move_to(NOW + timedelta(days=30))
    deliver()
    assert WebhookDelivery.objects.count() == 3

    clock.move_to(NOW + timedelta(days=30, seconds=1))
    happen()
    deliver()
    assert WebhookDelivery.objects.count() == 1


def test_what_waits_for_a_webhook_that_is_off_is_sent_once_it_is_on(
    receiver: Receiver, clock: time_machine.Traveller
) -> None:
    webhook, _ = hook(receiver.url)
    happen()
    webhooks.change_webhook(webhook=webhook, changes={"enabled": False}, now=NOW)
    assert deliver() == 0

    webhooks.change_webhook(webhook=webhook, changes={"enabled": True}, now=NOW)
    assert deliver() == 1


def test_a_delivery_sent_again_keeps_its_id(
    receiver: Receiver, clock: time_machine.Traveller
) -> None:
    hook(receiver.url)
    happen()
    deliver()
    webhooks.redeliver(delivery=WebhookDelivery.objects.get(), now=NOW)
    deliver()

    first, second = receiver.received
    assert first.id == second.id
    assert first.body == second.body
