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
    token, clear = create_token(user=UserFactory.create(), name="test", now=NOW)

    stored = serializers.serialize("json", ApiToken.objects.all())

    assert token.digest == hashlib.sha256(clear.encode()).hexdigest()
    assert clear not in stored
    assert clear.removeprefix(token.token_key) not in stored


def test_two_tokens_have_nothing_in_common() -> None:
    user = UserFactory.create()

    clear = {create_token(user=user, name="same", now=NOW)[1] for _ in range(5)}

    assert len(clear) == 5


def test_a_public_id_names_one_token() -> None:
    token, _ = create_token(user=UserFactory.create(), name="test", now=NOW)

    with pytest.raises(IntegrityError):
        ApiToken.objects.create(user=token.user, name="other", public_id=token.public_id)


def test_a_person_leaves_with_their_tokens() -> None:
    token, _ = create_token(user=UserFactory.create(), name="test", now=NOW)

    token.user.delete()

    assert not ApiToken.objects.exists()


def test_a_token_leads_to_its_owner() -> None:
    token, clear = create_token(user=UserFactory.create(), name="test", now=NOW)

    assert principal_of_token(clear=clear, now=NOW) == (token.user, token)
    assert principal_of_token(clear=clear + "0", now=NOW) is None


def test_the_use_of_a_token_revoked_meanwhile_is_no_error() -> None:
    token, _ = create_token(user=UserFactory.create(), name="test", now=NOW)
    ApiToken.objects.all().delete()

    token.touch(NOW)

    assert not ApiToken.objects.exists()


def test_the_first_admin_is_made_once() -> None:
    assert create_first_admin(now=NOW) is not None
    assert create_first_admin(now=NOW) is None
    assert User.objects.count() == 1


def test_a_signed_token_proves_an_active_user() -> None:
    ada, gone = UserFactory.create(), UserFactory.create(is_active=False)

    def proves(user_id: int, after: timedelta = timedelta()) -> bool:
        token = issue_jwt(user_id=user_id, now=NOW, lifetime=timedelta(minutes=1))
        return verify_token(clear=token, now=NOW + after)

    assert proves(ada.pk)
    assert not proves(ada.pk, after=timedelta(minutes=1))
    assert not proves(gone.pk)
    assert not proves(ada.pk + gone.pk)


def test_an_api_token_proves_its_owner() -> None:
    _, clear = create_token(user=UserFactory.create(), name="test", now=NOW)

    assert verify_token(clear=clear, now=NOW)
    assert not verify_token(clear=clear[:-1], now=NOW)
