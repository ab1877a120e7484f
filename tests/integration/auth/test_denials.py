"""What was refused stands in the audit trail, and a stranger cannot fill it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts import audit
from accounts.models import AuditEvent
from accounts.services import create_token
from servers.access import Visibility
from tests.fixtures.factories import ServerFactory, UserFactory
from tests.fixtures.rate_limits import forget_counters

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_counts() -> Iterator[None]:
    forget_counters()
    yield
    forget_counters()


@pytest.fixture
def ada() -> APIClient:
    """A member of the default team, who may read, with a token."""
    user = UserFactory.create(username="ada")
    _, clear = create_token(user=user, name="laptop", now=timezone.now())
    AuditEvent.objects.all()._raw_delete("default")
    return APIClient(headers={"Authorization": f"Bearer {clear}"})


def written() -> list[dict[str, Any]]:
    return list(AuditEvent.objects.values("action", "subject", "actor", "detail", "outcome"))


def test_a_refused_change_names_who_what_and_why(ada: APIClient) -> None:
    ServerFactory.create(name="org.example/clock", visibility=Visibility.PUBLIC)
    assert ada.delete("/api/servers/org.example/clock").status_code == 403
    event = AuditEvent.objects.get()
    assert (event.outcome, event.actor) == ("denied", "ada")
    assert event.action == "DELETE server-detail"
    assert event.subject == "org.example/clock"
    assert event.via.startswith("token laptop (")
    assert event.address == "127.0.0.1"
    assert "org.example/clock" in event.detail


@pytest.mark.parametrize("name", ["org.example/hidden", "org.example/absent"])
def test_hidden_and_absent_servers_are_written_alike(ada: APIClient, name: str) -> None:
    ServerFactory.create(name="org.example/hidden", visibility=Visibility.PRIVATE)
    assert ada.get(f"/api/servers/{name}").status_code == 404
    event = written()[0]
    assert event.pop("subject") == name
    assert event == {
        "action": "GET server-detail",
        "actor": "ada",
        "detail": "Not found.",
        "outcome": "denied",
    }


def test_wrong_credentials_are_written_without_them() -> None:
    APIClient().get("/api/servers", headers={"Authorization": "Bearer rollcall_guess"})
    event = AuditEvent.objects.get()
    assert (event.action, event.subject, event.actor) == ("GET server-list", "/api/servers", "")
    assert "guess" not in str(written())


def test_a_browser_without_csrf_token_is_written(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory.create(username="eve"))
    AuditEvent.objects.all()._raw_delete("default")
    assert client.post("/api/tokens", {}, content_type="application/json").status_code == 403
    event = AuditEvent.objects.get()
    assert (event.actor, event.via) == ("", "")
    assert event.detail.startswith("CSRF Failed")


def test_too_many_requests_are_written(ada: APIClient, settings: Settings) -> None:
    settings.RATE_LIMIT_PRINCIPAL = "1/minute"
    assert [ada.get("/api/me").status_code for _ in range(2)] == [200, 429]
    assert AuditEvent.objects.get().actor == "ada"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/servers/org.example/absent", 404),
        ("GET", "/api/nothing", 404),
        ("GET", "/nothing", 404),
        ("POST", "/api/servers", 401),
        ("GET", "/api/me", 401),
    ],
)
def test_a_visitors_404_and_401_are_not_written(method: str, path: str, status: int) -> None:
    assert APIClient().generic(method, path).status_code == status
    assert written() == []


def test_what_succeeds_is_no_refusal(ada: APIClient) -> None:
    ServerFactory.create(name="org.example/clock", visibility=Visibility.PUBLIC)
    for path in ("/api/servers", "/api/servers/org.example/clock", "/api/me", "/"):
        assert ada.get(path).status_code == 200
    assert written() == []


def test_a_stranger_cannot_fill_the_table(settings: Settings) -> None:
    settings.RATE_LIMIT_DENIALS = "5/minute"
    for _ in range(20):
        APIClient().get("/api/servers", headers={"Authorization": "Bearer rollcall_guess"})
    assert len(written()) == 5


def test_nor_can_an_account_over_its_limit(ada: APIClient, settings: Settings) -> None:
    settings.RATE_LIMIT_DENIALS = "2/minute"
    settings.RATE_LIMIT_PRINCIPAL = "3/minute"
    for _ in range(20):
        ada.get("/api/audit")
    assert [event["detail"] for event in written()].count("Too Many Requests") == 2
    assert len(written()) == 5


def test_a_trail_that_cannot_be_written_changes_no_answer(
    ada: APIClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: Any) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(audit, "record_denial", fail)
    assert ada.get("/api/audit").status_code == 403
    assert "could not be written" in caplog.text


def test_control_characters_of_an_address_reach_neither_table_nor_log(ada: APIClient) -> None:
    ada.get("/api/servers/org.example/a%01b%0ac")
    assert written()[0]["subject"] == "org.example/a\ufffdb\ufffdc"
