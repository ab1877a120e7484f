"""accounts.services, as far as it needs no database."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import ApiToken, User
from accounts.principals import SignedCredential
from accounts.services import Credential, is_limited

pytestmark = pytest.mark.auth

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MOMENT = timedelta(seconds=1)


def token(
    *,
    expiry: datetime | None = None,
    scopes: list[str] | None = None,
    is_active: bool = True,
) -> ApiToken:
    owner = User(username="ada", is_active=is_active)
    return ApiToken(user=owner, expiry=expiry, scopes=scopes)


@pytest.mark.parametrize(
    ("credential", "limited"),
    [
        (None, False),
        (token(), False),
        (token(expiry=NOW + timedelta(days=1)), True),
        (token(scopes=["view"]), True),
        (SignedCredential(label="signed token", scopes=None), True),
    ],
)
def test_what_has_scopes_or_an_end_is_limited(credential: Credential, limited: bool) -> None:
    assert is_limited(credential) is limited


@pytest.mark.parametrize(
    ("expiry", "is_active", "valid"),
    [
        (None, True, True),
        (NOW + MOMENT, True, True),
        (NOW, True, False),
        (None, False, False),
        (NOW + MOMENT, False, False),
    ],
)
def test_a_token_is_valid_until_it_expires_while_its_owner_is_active(
    expiry: datetime | None, is_active: bool, valid: bool
) -> None:
    assert token(expiry=expiry, is_active=is_active).is_valid(NOW) is valid
