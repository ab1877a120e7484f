"""accounts.json_web_tokens: what a signed token proves."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from pytest_django.fixtures import Settings

from accounts.json_web_tokens import InvalidJWT, issue_jwt, verify_jwt

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
QUARTER_OF_AN_HOUR = timedelta(minutes=15)


def issued(**claims: object) -> str:
    return issue_jwt(claims=claims, now=NOW, lifetime=QUARTER_OF_AN_HOUR)


def test_a_token_carries_its_claims() -> None:
    claims = verify_jwt(token=issued(username="ada"), now=NOW)

    assert claims["username"] == "ada"
    assert claims["exp"] - claims["iat"] == QUARTER_OF_AN_HOUR.total_seconds()


def test_a_token_holds_until_it_expires_and_not_a_moment_longer() -> None:
    token = issued()

    verify_jwt(token=token, now=NOW + QUARTER_OF_AN_HOUR - timedelta(seconds=1))
    with pytest.raises(InvalidJWT, match="expired"):
        verify_jwt(token=token, now=NOW + QUARTER_OF_AN_HOUR)


def test_a_caller_cannot_claim_a_longer_life_or_another_issuer() -> None:
    token = issued(exp=NOW + timedelta(days=365), iss="somebody else")

    claims = verify_jwt(token=token, now=NOW)

    assert claims["exp"] == (NOW + QUARTER_OF_AN_HOUR).timestamp()
    assert claims["iss"] == "rollcall"


def test_a_token_of_another_key_is_refused(settings: Settings) -> None:
    token = issued()
    settings.SECRET_KEY = "another secret key of another registry"

    with pytest.raises(InvalidJWT):
        verify_jwt(token=token, now=NOW)


@pytest.mark.parametrize("algorithm", ["none", "HS384"])
def test_a_token_of_another_algorithm_is_refused(algorithm: str) -> None:
    claims = {"iss": "rollcall", "iat": NOW, "exp": NOW + QUARTER_OF_AN_HOUR}
    key = None if algorithm == "none" else b"k" * 48
    token = jwt.encode(claims, key, algorithm=algorithm)  # type: ignore[arg-type]

    with pytest.raises(InvalidJWT):
        verify_jwt(token=token, now=NOW)


@pytest.mark.parametrize("token", ["", "a.b.c", "not a token", "é.é.é"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidJWT):
        verify_jwt(token=token, now=NOW)
