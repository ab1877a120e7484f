"""Who may have which webhook, and what its makers and nobody else are shown."""

from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.access import Role
from accounts.encryption import decrypt
from accounts.models import AuditEvent, Team, User
from accounts.services import create_token
from servers import webhooks
from servers.models import Event, Webhook, WebhookDelivery
from servers.webhooks.managing import MOST_WEBHOOKS
from tests.fixtures.factories import TeamFactory, UserFactory, administrator, member_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
URL = "https://hooks.example.org/services/T000/SECRETPATH"


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def sky() -> Team:
    return TeamFactory.create(slug="sky")


@pytest.fixture
def root() -> APIClient:
    return client_of(administrator())


@pytest.fixture
def ada(sky: Team) -> APIClient:
    """An admin of the team."""
    return client_of(member_of(sky, Role.ADMIN, username="ada"))


def made(team: Team | None = None, **options: Any) -> Webhook:
    return webhooks.create_webhook(url=URL, team=team, now=NOW, **options)[0]


# --- Made ----------------------------------------------------------------------------------------


def test_the_secret_is_in_the_answer_that_made_it_and_in_no_other(root: APIClient) -> None:
    answer = root.post("/api/webhooks", {"url": URL, "events": ["server.deleted"]})

    assert answer.status_code == 201
    secret, id_ = answer.json()["secret"], answer.json()["id"]
    webhook = Webhook.objects.get(pk=id_)
    assert decrypt(webhook.secret, purpose=webhooks.PURPOSE) == secret
    assert (webhook.team, webhook.events) == (None, ["server.deleted"])
    for address in ("/api/webhooks", f"/api/webhooks/{id_}", f"/api/webhooks/{id_}/deliveries"):
        assert "whsec_" not in root.get(address).content.decode()
    assert "secret" not in root.get(f"/api/webhooks/{id_}").json()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": "ftp://example.org/"}, "url"),
        ({"url": "http://10.0.0.1/hook"}, "url"),
        ({"url": "http://169.254.169.254/"}, "url"),
        ({"url": "https://ada:pass@example.org/"}, "url"),
        ({"url": URL, "events": ["server.exploded"]}, "events[0]"),
        ({"url": URL, "events": ["webhook.ping"]}, "events[0]"),
        ({"url": URL, "events": "all"}, "events"),
        ({"url": URL, "team": "nowhere"}, "team"),
        ({"url": URL, "secret": "mine"}, "secret"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_made(
    root: APIClient, body: dict[str, Any], field: str
) -> None:
    answer = root.post("/api/webhooks", body)

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Webhook.objects.exists()


def test_there_may_be_so_many_for_a_team(root: APIClient, sky: Team) -> None:
    for _ in range(MOST_WEBHOOKS):
        made(sky)

    assert root.post("/api/webhooks", {"url": URL, "team": "sky"}).status_code == 409
    assert root.post("/api/webhooks", {"url": URL}).status_code == 201


def test_a_dump_of_the_database_signs_nothing() -> None:
    webhook, old = webhooks.create_webhook(url=URL, now=NOW)
    new = webhooks.rotate_secret(webhook=webhook, now=NOW)
    webhooks.ping(webhook=webhook, now=NOW)
    out = StringIO()

    call_command("dumpdata", stdout=out)

    assert URL in out.getvalue()
    assert "whsec_" not in out.getvalue()
    for secret in (old, new):
        assert secret.removeprefix("whsec_") not in out.getvalue()


# --- Whose ---------------------------------------------------------------------------------------


def test_an_admin_of_a_team_makes_webhooks_for_it_alone(ada: APIClient, sky: Team) -> None:
    member_of(TeamFactory.create(slug="sea"), Role.MAINTAINER)

    assert ada.post("/api/webhooks", {"url": URL, "team": "sky"}).status_code == 201
    assert ada.post("/api/webhooks", {"url": URL}).status_code == 403
    assert ada.post("/api/webhooks", {"url": URL, "team": None}).status_code == 403
    assert ada.post("/api/webhooks", {"url": URL, "team": "sea"}).status_code == 400
    assert list(Webhook.objects.values_list("team__slug", flat=True)) == ["sky"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CONTRIBUTOR, Role.MAINTAINER])
def test_no_other_role_makes_or_sees_one(sky: Team, role: Role) -> None:
    webhook, client = made(sky), client_of(member_of(sky, role))

    assert client.post("/api/webhooks", {"url": URL, "team": "sky"}).status_code == 403
    assert client.get("/api/webhooks").json()["results"] == []
    assert client.get(f"/api/webhooks/{webhook.pk}").status_code == 404


def test_those_of_others_are_as_if_they_were_not_there(ada: APIClient) -> None:
    other = made(TeamFactory.create(slug="sea"))
    delivery = webhooks.ping(webhook=other, now=NOW)
    absent = other.pk + 1
    for method, rest in [
        ("get", ""),
        ("patch", ""),
        ("delete", ""),
        ("post", "/ping"),
        ("post", "/rotate-secret"),
        ("get", "/deliveries"),
        ("post", f"/deliveries/{delivery.public_id}/redeliver"),
    ]:
        hidden = getattr(ada, method)(f"/api/webhooks/{other.pk}{rest}")
        missing = getattr(ada, method)(f"/api/webhooks/{absent}{rest}")
        assert (hidden.status_code, hidden.content) == (404, missing.content)
    assert Webhook.objects.get() == other


def test_a_delivery_is_found_under_its_own_webhook_only(root: APIClient) -> None:
    mine, other = made(), made()
    delivery = webhooks.ping(webhook=other, now=NOW)

    answer = root.post(f"/api/webhooks/{mine.pk}/deliveries/{delivery.public_id}/redeliver")

    assert answer.status_code == 404


@pytest.mark.parametrize("scopes", [["administer"], ["view"]])
def test_a_token_with_scopes_does_not_do(scopes: list[str]) -> None:
    made()
    _, clear = create_token(user=administrator(), name="t", scopes=scopes, now=timezone.now())
    client = APIClient(headers={"Authorization": f"Bearer {clear}"})

    assert client.get("/api/webhooks").status_code == 403
    assert client.post("/api/webhooks", {"url": URL}).status_code == 403


def test_visitors_are_asked_who_they_are() -> None:
    assert APIClient().get("/api/webhooks").status_code == 401
    assert client_of(UserFactory.create()).get("/api/webhooks").json()["results"] == []


# --- Changed and tried ---------------------------------------------------------------------------


def test_a_webhook_is_changed_and_that_is_audited_without_its_path(ada: APIClient) -> None:
    webhook = made(Team.objects.get(slug="sky"))
    address = f"/api/webhooks/{webhook.pk}"

    changed = ada.patch(address, {"events": ["feature.drifted"], "enabled": False})

    assert changed.json()["events"] == ["feature.drifted"]
    event = AuditEvent.objects.get(action="webhook.update", subject=f"webhook {webhook.pk}")
    assert event.after == {"events": ["feature.drifted"], "enabled": False}
    assert ada.patch(address, {"url": "http://10.0.0.1/"}).status_code == 400
    assert ada.patch(address, {"team": "sky"}).status_code == 400
    ada.delete(address)
    assert not Webhook.objects.exists()
    assert "SECRETPATH" not in str(list(AuditEvent.objects.values()))


def test_switched_on_again_it_does_not_say_why_it_was_off(root: APIClient) -> None:
    webhook = made()
    Webhook.objects.update(enabled=False, disabled_reason="410 Gone")

    shown = root.patch(f"/api/webhooks/{webhook.pk}", {"enabled": True}).json()

    assert (shown["enabled"], shown["disabled_reason"]) == (True, "")


def test_a_rotation_shows_the_new_secret(root: APIClient) -> None:
    webhook, old = webhooks.create_webhook(url=URL, now=NOW)

    answer = root.post(f"/api/webhooks/{webhook.pk}/rotate-secret")

    assert answer.json()["secret"] not in ("", old)
    webhook.refresh_from_db()
    clear = [decrypt(each, purpose=webhooks.PURPOSE) for each in webhook.encrypted_secrets(NOW)]
    assert clear == [answer.json()["secret"], old]


def test_a_ping_stands_in_the_log_and_can_be_sent_again(root: APIClient) -> None:
    webhook = made(events=[Event.DELETED])
    address = f"/api/webhooks/{webhook.pk}"

    ping = root.post(f"{address}/ping")

    assert (ping.status_code, ping.json()["state"]) == (202, "pending")
    WebhookDelivery.objects.update(next_attempt_at=None, attempts=8, last_error="HTTP 500")
    [logged] = root.get(f"{address}/deliveries?state=failed").json()["results"]
    assert (logged["id"], logged["event"], logged["attempts"]) == (
        ping.json()["id"],
        "webhook.ping",
        8,
    )
    again = root.post(f"{address}/deliveries/{logged['id']}/redeliver").json()
    assert (again["state"], again["attempts"]) == ("pending", 0)
    assert root.get(f"{address}/deliveries?state=failed").json()["results"] == []
    assert root.get(f"{address}/deliveries?state=odd").status_code == 400
    events = AuditEvent.objects.filter(subject=webhook.subject).order_by("pk")
    assert list(events.values_list("action", "detail")) == [
        ("webhook.create", ""),
        ("webhook.ping", ""),
        ("webhook.redeliver", logged["id"]),
    ]


def test_nothing_is_sent_by_one_that_is_off(root: APIClient) -> None:
    webhook = made()
    delivery = webhooks.ping(webhook=webhook, now=NOW)
    root.patch(f"/api/webhooks/{webhook.pk}", {"enabled": False})

    assert root.post(f"/api/webhooks/{webhook.pk}/ping").status_code == 409
    again = root.post(f"/api/webhooks/{webhook.pk}/deliveries/{delivery.public_id}/redeliver")
    assert again.status_code == 409


@pytest.mark.parametrize("id_", ["0", "9" * 18, "9" * 30, "abc", "-1"])
def test_an_odd_id_is_not_found(root: APIClient, id_: str) -> None:
    for rest in ("", "/deliveries"):
        assert root.get(f"/api/webhooks/{id_}{rest}").status_code == 404
    webhook = made()
    odd = root.post(f"/api/webhooks/{webhook.pk}/deliveries/{id_}/redeliver")
    assert odd.status_code == 404
