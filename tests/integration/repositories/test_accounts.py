"""What the database holds of accounts, and what it refuses."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from django.core import serializers
from django.db import IntegrityError

from accounts.json_web_tokens import issue_jwt
from accounts.models import ApiToken, User
from accounts.services import (
    create_first_admin,
    create_token,
    principal_of_token,
    verify_token,
)
from tests.fixtures.factories import UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_of_a_token_only_the_sha256_is_kept() -> None:
    token, clear = create_token(user=UserFactory.create(), name="test")

    stored = serializers.serialize("json", ApiToken.objects.all())

    assert token.digest == hashlib.sha256(clear.encode()).hexdigest()
    assert clear not in stored
    assert clear.removeprefix(token.token_key) not in stored


def test_two_tokens_have_nothing_in_common() -> None:
    user = UserFactory.create()

    clear = {create_token(user=user, name="same")[1] for _ in range(5)}

    assert len(clear) == 5


def test_a_public_id_names_one_token() -> None:
    token, _ = create_token(user=UserFactory.create(), name="test")

    with pytest.raises(IntegrityError):
        ApiToken.objects.create(user=token.user, name="other", public_id=token.public_id)


def test_a_person_leaves_with_their_tokens() -> None:
    token, _ = create_token(user=UserFactory.create(), name="test")

    token.user.delete()

    assert not ApiToken.objects.exists()


def test_a_token_leads_to_its_owner() -> None:
    token, clear = create_token(user=UserFactory.create(), name="test")

    assert principal_of_token(clear=clear, now=NOW) == (token.user, token)
    assert principal_of_token(clear=clear + "0", now=NOW) is None


def test_the_use_of_a_token_revoked_meanwhile_is_no_error() -> None:
    token, _ = create_token(user=UserFactory.create(), name="test")
    ApiToken.objects.all().delete()

    token.touch(NOW)

    assert not ApiToken.objects.exists()


def test_the_first_admin_is_made_once() -> None:
    assert create_first_admin() is not None
    assert create_first_admin() is None
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("username", "valid"), [("ada", True), ("gone", False), ("nobody", False), (None, False)]
)
def test_a_json_web_token_proves_an_active_user_by_name(username: str | None, valid: bool) -> None:
    UserFactory.create(username="ada")
    UserFactory.create(username="gone", is_active=False)
    token = issue_jwt(claims={"username": username}, now=NOW, lifetime=timedelta(minutes=1))

    assert verify_token(clear=token, now=NOW) is valid
    assert not verify_token(clear=token, now=NOW + timedelta(minutes=1))


def test_an_api_token_proves_its_owner() -> None:
    _, clear = create_token(user=UserFactory.create(), name="test")

    assert verify_token(clear=clear, now=NOW)
    assert not verify_token(clear=clear[:-1], now=NOW)
