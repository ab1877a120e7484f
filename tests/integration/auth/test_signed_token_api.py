"""POST /api/tokens/jwt, and what a signed token opens until when."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts import services
from accounts.models import ApiToken, AuditEvent, User
from accounts.services import create_jwt, create_token
from tests.fixtures.factories import UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def ada() -> User:
    return UserFactory.create(username="ada")


def asked_with(clear: str, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {clear}"}
    return APIClient().post("/api/tokens/jwt", body, headers=headers)


def me(signed: str, *, at: datetime = NOW) -> Any:
    with time_machine.travel(at, tick=False):
        return APIClient().get("/api/me", headers={"Authorization": f"Bearer {signed}"})


@time_machine.travel(NOW, tick=False)
def test_a_session_gets_one_for_a_quarter_of_an_hour(test_client: APIClient, ada: User) -> None:
    test_client.force_login(ada)

    answer = test_client.post("/api/tokens/jwt")

    assert answer.status_code == 201
    made = answer.json()
    assert (made["token_type"], made["expires_at"]) == ("Bearer", "2026-03-01T12:15:00Z")
    assert me(made["token"], at=NOW + 15 * MINUTE - SECOND).json()["username"] == "ada"
    assert me(made["token"], at=NOW + 15 * MINUTE).status_code == 401


@time_machine.travel(NOW, tick=False)
def test_it_is_limited_to_what_was_asked_for(ada: User) -> None:
    _, clear = create_token(user=ada, name="agent", now=NOW)

    made = asked_with(clear, scopes=["call:a.b/*"], lifetime_seconds=3600).json()

    assert made["scopes"] == ["call:a.b/*"]
    assert made["expires_at"] == "2026-03-01T13:00:00Z"
    assert me(made["token"]).json()["scopes"] == ["call:a.b/*"]


@time_machine.travel(NOW, tick=False)
def test_scopes_never_exceed_the_callers(ada: User) -> None:
    _, clear = create_token(user=ada, name="agent", scopes=["edit:a.b/*"], now=NOW)

    assert asked_with(clear).json()["scopes"] == ["edit:a.b/*"]
    assert asked_with(clear, scopes=["view:a.b/x"]).json()["scopes"] == ["view:a.b/x"]
    refused = asked_with(clear, scopes=["view:a.b/x", "view:a.bc/x"])
    assert refused.status_code == 403
    assert refused.json()["detail"] == "The credentials in use do not cover: view:a.bc/x."


@time_machine.travel(NOW, tick=False)
def test_it_does_not_outlive_the_token_it_was_made_with(ada: User) -> None:
    _, clear = create_token(user=ada, name="agent", lifetime=5 * MINUTE, now=NOW)

    assert asked_with(clear).json()["expires_at"] == "2026-03-01T12:05:00Z"


@pytest.mark.parametrize(
    "body",
    [{"lifetime_seconds": 0}, {"lifetime_seconds": 3601}, {"scopes": ["all"]}, {"audience": "x"}],
)
def test_a_wrong_request_is_refused(
    test_client: APIClient, ada: User, body: dict[str, Any]
) -> None:
    test_client.force_login(ada)

    assert test_client.post("/api/tokens/jwt", body).status_code == 400


@pytest.mark.parametrize("path", ["/api/tokens", "/api/tokens/jwt"])
def test_it_makes_no_tokens_and_says_what_does(ada: User, path: str) -> None:
    signed = create_jwt(user=ada, now=NOW).token
    body = {"name": "x"} if path == "/api/tokens" else {}

    with time_machine.travel(NOW, tick=False):
        refused = APIClient().post(path, body, headers={"Authorization": f"Bearer {signed}"})

    assert refused.status_code == 403
    assert refused.json()["detail"] == (
        "A signed token cannot make tokens: sign in, and make one with that session, "
        "for instance at /api/docs."
    )


@pytest.mark.parametrize("content", [None, "no key"])
def test_a_registry_without_a_key_says_so(
    test_client: APIClient, ada: User, settings: Settings, tmp_path: Path, content: str | None
) -> None:
    settings.EMBEDDED, settings.JWT_KEYS_DIR = False, tmp_path
    if content:
        (tmp_path / "odd.pem").write_text(content)
    test_client.force_login(ada)

    answer = test_client.post("/api/tokens/jwt")

    assert answer.status_code == 503
    assert answer.json()["detail"] == "This registry has no key to sign tokens with."


def revoke_the_token(ada: User) -> None:
    services.revoke_token(token=ApiToken.objects.get(), now=NOW)


def let_the_token_expire(ada: User) -> None:
    ApiToken.objects.update(expiry=NOW)


def sign_out(ada: User) -> None:
    services.sign_out(user=ada, now=NOW + SECOND)


def deactivate(ada: User) -> None:
    services.deactivate(user=ada, now=NOW + SECOND)


def close_and_open(ada: User) -> None:
    deactivate(ada)
    services.reactivate(user=ada, now=NOW + SECOND)


@pytest.mark.parametrize(
    "end", [revoke_the_token, let_the_token_expire, sign_out, deactivate, close_and_open]
)
def test_it_ends_with_its_account_and_with_the_token_it_came_by(end: Any, ada: User) -> None:
    maker, _ = create_token(user=ada, name="agent", now=NOW)
    signed = create_jwt(user=ada, made_with=maker, now=NOW).token
    assert me(signed).status_code == 200

    end(ada)

    assert me(signed, at=NOW + MINUTE).status_code == 401


def test_one_made_after_the_others_were_ended_holds(ada: User) -> None:
    sign_out(ada)
    signed = create_jwt(user=ada, now=NOW + 2 * SECOND).token

    assert me(signed, at=NOW + MINUTE).status_code == 200


def test_every_signed_token_that_does_not_hold_is_answered_as_an_unknown_one(ada: User) -> None:
    signed = create_jwt(user=ada, now=NOW).token

    answers = [me(signed, at=NOW + HOUR), me(signed[:-8] + "AAAAAAAA"), me("unknown")]

    assert len({answer.content for answer in answers}) == 1
    assert {answer.status_code for answer in answers} == {401}


def test_the_audit_trail_tells_of_it_without_showing_it(ada: User) -> None:
    signed = create_jwt(user=ada, scopes=["view"], now=NOW).token

    event = AuditEvent.objects.get()

    assert (event.action, event.subject) == ("jwt.create", "ada")
    assert event.after == {"scopes": ["view"]}
    assert signed not in str(vars(event))
