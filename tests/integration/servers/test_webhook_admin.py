"""Webhooks in the admin: secrets shown once, deliveries to look at and to send again."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils.html import escape

from accounts.encryption import decrypt
from accounts.models import AuditEvent
from servers import webhooks
from servers.models import Webhook, WebhookDelivery
from servers.webhooks.managing import MOST_WEBHOOKS
from tests.fixtures.factories import TeamFactory, administrator

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
LIST = "/admin/servers/webhook/"
LOG = "/admin/servers/webhookdelivery/"


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(administrator())
    return client


@pytest.fixture
def webhook() -> Webhook:
    return webhooks.create_webhook(url="https://hooks.example.org/a", now=NOW)[0]


def act(admin: Client, address: str, action: str, pk: int) -> str:
    """What the page says after an action on one row."""
    data = {"action": action, "_selected_action": [pk]}
    return admin.post(address, data, follow=True).content.decode()


def test_a_webhook_is_made_and_its_secret_shown_once(admin: Client) -> None:
    team = TeamFactory.create()
    asked = {"url": "https://hooks.example.org/", "events": ["server.deleted"], "team": team.pk}

    page = admin.post(f"{LIST}add/", {**asked, "enabled": "on"}, follow=True).content.decode()

    webhook = Webhook.objects.get()
    secret = decrypt(webhook.secret, purpose=webhooks.PURPOSE)
    assert escape(secret) in page
    assert (webhook.team, webhook.events) == (team, ["server.deleted"])
    for address in (LIST, f"{LIST}{webhook.pk}/change/"):
        assert "whsec_" not in admin.get(address).content.decode()
    assert AuditEvent.objects.filter(action="webhook.create", subject=webhook.subject).exists()


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "ftp://example.org/", "javascript:alert(1)"])
def test_an_address_that_nothing_is_sent_to_is_refused_at_its_field(
    admin: Client, url: str
) -> None:
    page = admin.post(f"{LIST}add/", {"url": url, "enabled": "on"})

    assert list(page.context["adminform"].form.errors) == ["url"]
    assert not Webhook.objects.exists()


def test_one_webhook_too_many_is_refused_in_words(admin: Client) -> None:
    for _ in range(MOST_WEBHOOKS):
        webhooks.create_webhook(url="https://hooks.example.org/a", now=NOW)

    asked = {"url": "https://hooks.example.org/b", "enabled": "on"}
    page = admin.post(f"{LIST}add/", asked, follow=True).content.decode()

    assert f"There are {MOST_WEBHOOKS} webhooks already" in page
    assert Webhook.objects.count() == MOST_WEBHOOKS


def test_a_webhook_is_changed_and_deleted(admin: Client, webhook: Webhook) -> None:
    admin.post(f"{LIST}{webhook.pk}/change/", {"url": "https://other.example.org/", "events": []})
    webhook.refresh_from_db()
    assert (webhook.host, webhook.enabled) == ("other.example.org", False)

    webhooks.change_webhook(webhook=webhook, changes={"enabled": True}, now=NOW)
    webhooks.ping(webhook=webhook, now=NOW)
    admin.post(f"{LIST}{webhook.pk}/delete/", {"post": "yes"})
    assert not Webhook.objects.exists()


def test_a_rotation_shows_the_new_secret(admin: Client, webhook: Webhook) -> None:
    page = act(admin, LIST, "rotate_secret", webhook.pk)

    webhook.refresh_from_db()
    assert escape(decrypt(webhook.secret, purpose=webhooks.PURPOSE)) in page


def test_a_ping_waits_and_one_that_is_off_says_so(admin: Client, webhook: Webhook) -> None:
    act(admin, LIST, "ping", webhook.pk)
    assert WebhookDelivery.objects.get().event == "webhook.ping"

    webhooks.change_webhook(webhook=webhook, changes={"enabled": False}, now=NOW)
    assert "is off" in act(admin, LIST, "ping", webhook.pk)
    assert "is off" in act(admin, LOG, "redeliver", WebhookDelivery.objects.get().pk)


def test_what_was_given_up_is_found_and_sent_again(admin: Client, webhook: Webhook) -> None:
    webhooks.ping(webhook=webhook, now=NOW)
    WebhookDelivery.objects.update(next_attempt_at=None, attempts=8, last_error="HTTP 500: <b>no")
    row = WebhookDelivery.objects.get()
    page = admin.get(LOG, {"state": "failed"}).content.decode()
    assert "HTTP 500: &lt;b&gt;no" in page
    assert "0 webhook deliveries" in admin.get(LOG, {"state": "pending"}).content.decode()
    assert admin.get(f"{LOG}{row.pk}/change/").status_code == 200

    act(admin, LOG, "redeliver", row.pk)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (WebhookDelivery.State.PENDING, 0)
