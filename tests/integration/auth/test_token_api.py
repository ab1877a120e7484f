"""GET, POST, DELETE /api/tokens: people and their own API tokens."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.json_web_tokens import issue_jwt
from accounts.models import ApiToken, User
from accounts.services import create_token
from tests.fixtures.factories import UserFactory

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def with_token(
    user: User, *, lifetime: timedelta | None = None, scopes: list[str] | None = None
) -> APIClient:
    _, clear = create_token(
        user=user, name="calling", lifetime=lifetime, scopes=scopes, now=timezone.now()
    )
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {clear}")
    return client


@time_machine.travel(NOW, tick=False)
def test_a_token_is_made_and_shown_in_the_answer(
    test_client: APIClient, mock_authenticated_user: User
) -> None:
    answer = test_client.post("/api/tokens", {"name": "deploy", "lifetime_days": 7})

    assert answer.status_code == 201
    made = answer.json()
    assert made["token"].startswith(made["starts_with"])
    assert made["expires_at"] == "2026-03-08T12:00:00Z"
    assert made["last_used_at"] is None
    assert APIClient().get("/api/me", headers=bearer(made["token"])).json()["username"] == (
        mock_authenticated_user.username
    )


def test_a_token_without_a_lifetime_never_expires(
    test_client: APIClient, mock_authenticated_user: User
) -> None:
    assert test_client.post("/api/tokens", {"name": "for ever"}).json()["expires_at"] is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": None}, "name"),
        ({"name": "a", "lifetime_days": 0}, "lifetime_days"),
        ({"name": "a", "lifetime_days": 10**30}, "lifetime_days"),
        ({"name": "a", "lifetime_days": "soon"}, "lifetime_days"),
        ({"name": "a", "scopes": []}, "scopes"),
        ({"name": "a", "scopes": "view"}, "scopes"),
        ({"name": "a", "scopes": ["view:"]}, "scopes"),
        ({"name": "a", "scopes": [f"view:a/{n}" for n in range(51)]}, "scopes"),
    ],
)
def test_a_wrong_request_is_refused_by_field_and_makes_nothing(
    test_client: APIClient, mock_authenticated_user: User, wrong: dict[str, Any], field: str
) -> None:
    answer = test_client.post("/api/tokens", wrong)

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not ApiToken.objects.exists()


def test_a_list_holds_the_callers_own_tokens_and_no_secret(
    test_client: APIClient, mock_authenticated_user: User
) -> None:
    token, clear = create_token(user=mock_authenticated_user, name="mine", now=NOW)
    create_token(user=UserFactory.create(), name="not mine", now=NOW)

    answer = test_client.get("/api/tokens")

    assert [row["name"] for row in answer.json()["results"]] == ["mine"]
    assert clear not in answer.text
    assert token.digest not in answer.text


def test_a_revoked_token_opens_nothing_from_then_on(db: None) -> None:
    client = with_token(UserFactory.create())
    (token,) = client.get("/api/tokens").json()["results"]

    assert client.delete(f"/api/tokens/{token['id']}").status_code == 204

    assert client.get("/api/tokens").status_code == 401
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("address", ["{}", "{}/", "7", "no-uuid"])
def test_the_tokens_of_others_are_as_if_they_were_not(
    test_client: APIClient, mock_authenticated_user: User, address: str
) -> None:
    theirs, _ = create_token(user=UserFactory.create(), name="theirs", now=NOW)

    answer = test_client.delete("/api/tokens/" + address.format(theirs.public_id))

    assert answer.status_code == 404
    assert ApiToken.objects.filter(pk=theirs.pk).exists()


@pytest.mark.parametrize("limit", [{"lifetime": timedelta(days=1)}, {"scopes": ["view"]}])
def test_a_limited_token_makes_no_token_that_would_outdo_it(
    db: None, limit: dict[str, Any]
) -> None:
    answer = with_token(UserFactory.create(), **limit).post("/api/tokens", {"name": "b"})

    assert answer.status_code == 403
    assert answer.json()["detail"] == (
        "A token that has scopes or expires cannot make tokens: sign in to make one."
    )
    assert ApiToken.objects.count() == 1


def test_a_limited_token_sees_itself_alone(db: None) -> None:
    user = UserFactory.create()
    other, _ = create_token(user=user, name="other", now=NOW)
    client = with_token(user, scopes=["view"])

    assert [row["name"] for row in client.get("/api/tokens").json()["results"]] == ["calling"]
    assert client.delete(f"/api/tokens/{other.public_id}").status_code == 404
    assert client.post(f"/api/tokens/{other.public_id}/rotate").status_code == 404
    assert ApiToken.objects.filter(pk=other.pk).exists()


def test_a_signed_token_makes_and_sees_no_tokens(db: None) -> None:
    user = UserFactory.create()
    create_token(user=user, name="other", now=NOW)
    client = APIClient()
    signed = issue_jwt(user_id=user.pk, now=timezone.now())
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {signed}")

    assert client.get("/api/tokens").json()["count"] == 0
    assert client.post("/api/tokens", {"name": "b"}).status_code == 403
    assert client.post("/api/tokens/jwt").status_code == 403


def test_scopes_are_kept_in_one_spelling(
    test_client: APIClient, mock_authenticated_user: User
) -> None:
    wanted = {"name": "a", "scopes": ["view", "call:Com.Example/*", "view:*"]}

    assert test_client.post("/api/tokens", wanted).json()["scopes"] == [
        "call:com.example/*",
        "view",
    ]


def test_a_token_that_never_expires_may_make_another(db: None) -> None:
    assert with_token(UserFactory.create()).post("/api/tokens", {"name": "b"}).status_code == 201


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_credentials_there_are_no_tokens(
    test_client: APIClient, db: None, method: str
) -> None:
    answer = getattr(test_client, method)("/api/tokens")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("misspelt", ["expires_in_days", "days", "expires_at"])
def test_a_lifetime_under_another_name_makes_no_token_for_ever(
    test_client: APIClient, mock_authenticated_user: User, misspelt: str
) -> None:
    answer = test_client.post("/api/tokens", {"name": "deploy", misspelt: 5})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == misspelt
    assert not ApiToken.objects.exists()
