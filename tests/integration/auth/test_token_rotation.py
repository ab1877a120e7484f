"""POST /api/tokens/{id}/rotate: another secret without downtime."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from accounts.models import ApiToken, AuditEvent, User
from accounts.services import LimitedCredential, create_token, rotate_token
from tests.fixtures.factories import UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


def token_of(user: User, **limits: Any) -> tuple[ApiToken, str]:
    return create_token(user=user, name="deploy", now=NOW, **limits)


def rotated(token: ApiToken, clear: str, **body: Any) -> Any:
    """Ask for the rotation with the token itself."""
    headers = {"Authorization": f"Bearer {clear}"}
    return APIClient().post(f"/api/tokens/{token.public_id}/rotate", body, headers=headers)


def opens(clear: str, at: datetime) -> bool:
    with time_machine.travel(at, tick=False):
        headers = {"Authorization": f"Bearer {clear}"}
        return APIClient().get("/api/me", headers=headers).status_code == 200


@time_machine.travel(NOW, tick=False)
def test_old_and_new_work_side_by_side_for_an_hour() -> None:
    token, old = token_of(UserFactory.create(), scopes=["view"])

    answer = rotated(token, old)

    assert answer.status_code == 201
    made = answer.json()
    assert (made["name"], made["scopes"], made["expires_at"]) == ("deploy", ["view"], None)
    assert opens(old, NOW + HOUR - SECOND)
    assert not opens(old, NOW + HOUR)
    assert opens(made["token"], NOW + 365 * DAY)


@time_machine.travel(NOW, tick=False)
def test_the_overlap_is_the_callers_choice() -> None:
    token, old = token_of(UserFactory.create())

    rotated(token, old, overlap_minutes=0)

    assert not opens(old, NOW)


@time_machine.travel(NOW, tick=False)
def test_a_token_that_expires_keeps_its_end() -> None:
    token, old = token_of(UserFactory.create(), lifetime=DAY)

    made = rotated(token, old, overlap_minutes=30 * 24 * 60).json()

    assert made["expires_at"] == "2026-03-02T12:00:00Z"
    token.refresh_from_db()
    assert token.expiry == NOW + DAY


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    "body", [{"overlap_minutes": -1}, {"overlap_minutes": 43_201}, {"overlap": 5}]
)
def test_a_wrong_overlap_changes_nothing(body: dict[str, Any]) -> None:
    token, clear = token_of(UserFactory.create())

    assert rotated(token, clear, **body).status_code == 400

    assert ApiToken.objects.get().expiry is None


@time_machine.travel(NOW + 2 * DAY, tick=False)
def test_what_has_expired_is_not_replaced(test_client: APIClient) -> None:
    token, _ = token_of(UserFactory.create(), lifetime=DAY)
    test_client.force_login(token.user)

    assert test_client.post(f"/api/tokens/{token.public_id}/rotate").status_code == 409

    assert ApiToken.objects.count() == 1


def test_a_limited_token_replaces_none_but_itself() -> None:
    user = UserFactory.create()
    limited, _ = token_of(user, scopes=["view"])
    other, _ = token_of(user)

    with pytest.raises(LimitedCredential):
        rotate_token(token=other, made_with=limited, now=NOW)


def test_a_token_revoked_meanwhile_is_not_replaced(
    test_client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, _ = token_of(UserFactory.create())
    test_client.force_login(token.user)
    gone = ApiToken(pk="gone", user=token.user)
    monkeypatch.setattr("accounts.api.viewsets.TokenViewSet.get_object", lambda view: gone)

    assert test_client.post(f"/api/tokens/{token.public_id}/rotate").status_code == 404


@time_machine.travel(NOW, tick=False)
def test_the_audit_trail_names_tokens_and_shows_none() -> None:
    token, old = token_of(UserFactory.create(username="ada"))
    made = rotated(token, old).json()
    APIClient().delete(
        f"/api/tokens/{made['id']}", headers={"Authorization": f"Bearer {made['token']}"}
    )

    events: list[Any] = list(AuditEvent.objects.order_by("pk").values())

    done = ["token.create", "token.rotate", "token.revoke"]
    assert [event["action"] for event in events] == done
    assert events[1]["before"]["id"] == str(token.public_id)
    assert events[1]["after"]["id"] == events[2]["before"]["id"] == made["id"]
    written = str(events)
    assert not any(secret in written for secret in (old, made["token"], token.digest))
