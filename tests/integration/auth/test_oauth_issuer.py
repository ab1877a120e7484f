"""Access tokens of the configured identity provider, presented to the API."""

import time
from typing import Any

import jwt
import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from accounts.services import deactivate, reactivate
from tests.fixtures.factories import UserFactory
from tests.fixtures.oidc_provider import CLIENT_ID, OidcProvider

pytestmark = pytest.mark.django_db
URL = "http://127.0.0.1:8000"


@pytest.fixture
def ada(oidc_provider: OidcProvider, settings: Settings) -> User:
    """Somebody who has signed in here once."""
    settings.ROLLCALL_URL = URL
    UserFactory.create(username="root", is_superuser=True)
    oidc_provider.knows("17", preferred_username="ada")
    oidc_provider.sign_in(Client(), "17")
    return User.objects.get(username="ada")


def call(provider: OidcProvider, **changes: Any) -> Any:
    now = int(time.time())
    claims = {"iss": provider.url, "sub": "17", "aud": URL, "iat": now, "exp": now + 60}
    token = provider.signed(claims | {"scope": "openid view"} | changes)
    return Client().get("/api/me", headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("audience", [URL, f"{URL}/api", ["other", URL]])
def test_a_token_for_the_registry_proves_who_calls(
    oidc_provider: OidcProvider, ada: User, audience: Any
) -> None:
    answer = call(oidc_provider, aud=audience)

    assert (answer.status_code, answer.json()["username"]) == (200, "ada")
    assert answer.json()["scopes"] == ["view"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": CLIENT_ID},
        {"aud": f"{URL}/mcp"},
        {"aud": f"{URL}.evil.example"},
        {"sub": "18"},
        {"exp": 1_500_000_000},  # in 2017
        {"iss": "https://evil.example"},
    ],
    ids=str,
)
def test_any_other_token_is_refused(
    oidc_provider: OidcProvider, ada: User, wrong: dict[str, Any]
) -> None:
    assert call(oidc_provider, **wrong).status_code == 401


def test_an_identity_token_is_no_access_token(oidc_provider: OidcProvider, ada: User) -> None:
    assert call(oidc_provider, aud=CLIENT_ID, nonce="n").status_code == 401


def test_a_token_of_before_the_deactivation_stays_void(
    oidc_provider: OidcProvider, ada: User
) -> None:
    issued_at = int(time.time()) - 10
    deactivate(user=ada, now=timezone.now())
    refused = call(oidc_provider).status_code
    reactivate(user=ada, now=timezone.now())

    assert refused == 401
    assert call(oidc_provider, iat=issued_at).status_code == 401


def test_without_scopes_of_ours_it_opens_nothing(oidc_provider: OidcProvider, ada: User) -> None:
    assert call(oidc_provider, scope="openid email").json()["scopes"] == []


def test_a_token_of_nobody_asks_the_provider_nothing(
    oidc_provider: OidcProvider, ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    caplog.set_level("INFO", logger="werkzeug")
    token = jwt.encode({"iss": "https://evil.example"}, "k" * 32, algorithm="HS256")

    answer = Client().get("/api/me", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 401
    assert not [message for message in caplog.messages if "/jwks" in message]
