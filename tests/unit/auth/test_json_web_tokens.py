"""accounts.json_web_tokens: what a signed token proves."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from pytest_django.fixtures import Settings

from accounts import signing_keys
from accounts.access import parse_scopes
from accounts.json_web_tokens import InvalidJWT, issue_jwt, verify_jwt

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
HERE = "https://registry.example.org"
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def key(settings: Settings, tmp_path: Path) -> signing_keys.SigningKey:
    settings.JWT_KEYS_DIR = tmp_path
    settings.ROLLCALL_URL = HERE
    return signing_keys.rotate(now=NOW)


def forged(key: signing_keys.SigningKey, **changes: Any) -> str:
    """A token signed with the registry's own key, with claims or header fields changed."""
    header = {"kid": key.kid, "typ": "rollcall+jwt"}
    claims = {"iss": HERE, "aud": HERE, "sub": "7", "iat": NOW, "exp": NOW + SECOND, "jti": "a"}
    header |= {name: changes.pop(name) for name in ("kid", "typ") if name in changes}
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode(claims, key.private, algorithm="RS256", headers=header)


def test_a_token_says_whose_it_is_and_what_it_is_limited_to() -> None:
    scopes = parse_scopes(["view", "call:com.example/*"])

    claims = verify_jwt(token=issue_jwt(user_id=7, now=NOW, scopes=scopes), now=NOW)

    assert (claims.user_id, claims.issued_at, claims.scopes) == (7, NOW, scopes)
    assert claims.made_with is None


@pytest.mark.parametrize("scopes", [None, ()])
def test_no_limit_and_nothing_at_all_are_two_things(scopes: tuple[()] | None) -> None:
    token = issue_jwt(user_id=7, now=NOW, scopes=scopes)

    assert verify_jwt(token=token, now=NOW).scopes == scopes


def test_no_two_tokens_are_alike() -> None:
    assert issue_jwt(user_id=7, now=NOW) != issue_jwt(user_id=7, now=NOW)


def test_a_token_holds_until_it_expires_and_not_a_moment_longer() -> None:
    token = issue_jwt(user_id=7, now=NOW, lifetime=timedelta(minutes=15))

    verify_jwt(token=token, now=NOW + timedelta(minutes=15) - SECOND)
    with pytest.raises(InvalidJWT, match="expired"):
        verify_jwt(token=token, now=NOW + timedelta(minutes=15))


def test_no_token_lives_longer_than_an_hour() -> None:
    token = issue_jwt(user_id=7, now=NOW, lifetime=timedelta(days=1))

    with pytest.raises(InvalidJWT):
        verify_jwt(token=token, now=NOW + timedelta(hours=1))


def test_the_forged_tokens_below_fail_for_what_is_changed_alone(
    key: signing_keys.SigningKey,
) -> None:
    assert verify_jwt(token=forged(key), now=NOW).user_id == 7


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example.org"},
        {"aud": "https://elsewhere.example.org"},
        {"aud": []},
        {"exp": NOW},
        {"sub": "somebody"},
        {"scope": "everything"},
        {"scope": 7},
        {"kid": "another"},
        {"typ": "JWT"},  # as the identity provider's tokens are, signed with the same key
        *({claim: None} for claim in ("iss", "aud", "sub", "iat", "exp", "jti")),
    ],
)
def test_what_is_not_made_here_for_here_is_refused(
    key: signing_keys.SigningKey, changes: dict[str, Any]
) -> None:
    with pytest.raises(InvalidJWT):
        verify_jwt(token=forged(key, **changes), now=NOW)


def test_an_altered_token_is_refused(key: signing_keys.SigningKey) -> None:
    header, _, signature = forged(key).split(".")
    _, claims, _ = forged(key, sub="8").split(".")

    with pytest.raises(InvalidJWT):
        verify_jwt(token=f"{header}.{claims}.{signature}", now=NOW)


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_no_other_algorithm_counts(key: signing_keys.SigningKey) -> None:
    public = key.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    _, claims, _ = forged(key).split(".")
    header = f'"typ":"rollcall+jwt","kid":"{key.kid}"'
    unsigned = f'{encoded(f"""{{"alg":"none",{header}}}""")}.{claims}.'
    signed_part = f'{encoded(f"""{{"alg":"HS256",{header}}}""")}.{claims}'
    digest = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    signature = base64.urlsafe_b64encode(digest.sign(signed_part.encode(), public)).decode()

    for token in (unsigned, f"{signed_part}.{signature.rstrip('=')}"):
        with pytest.raises(InvalidJWT):
            verify_jwt(token=token, now=NOW)


@pytest.mark.parametrize(
    "token",
    ["", "..", "a.b.c", "not a token", "é.é.é", f"{encoded('[' * 40_000)}.e30.e30", "e30.e30.e30"],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidJWT):
        verify_jwt(token=token, now=NOW)
