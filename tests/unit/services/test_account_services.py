"""accounts.services, as far as it needs no database."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import ApiToken, User
from accounts.services import TokenExpires, create_token

pytestmark = pytest.mark.auth

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MOMENT = timedelta(seconds=1)


def token(*, expiry: datetime | None = None, is_active: bool = True) -> ApiToken:
    return ApiToken(user=User(username="ada", is_active=is_active), expiry=expiry)


def test_a_token_that_expires_makes_no_other() -> None:
    maker = token(expiry=NOW + timedelta(days=1))

    with pytest.raises(TokenExpires, match="sign in to make one"):
        create_token(user=maker.user, name="made", made_with=maker)


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
