"""What clears away credentials that are over, and what ends signed tokens."""

from datetime import timedelta

import pytest
from allauth.idp.oidc.models import Token
from django.test import Client
from django.utils import timezone

from accounts import tasks
from accounts.models import ApiToken, Session
from accounts.services import create_jwt, create_token, verify_token
from tests.fixtures.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_expired_sessions_and_oauth_tokens_are_forgotten_and_no_others() -> None:
    user, now = UserFactory.create(), timezone.now()
    Client().force_login(user)
    Session.objects.create(session_key="over", session_data="", expire_date=now)
    for name, end in [("over", now), ("good", now + timedelta(hours=1)), ("endless", None)]:
        Token.objects.create(type="at", hash=name, user=user, expires_at=end)
    create_token(user=user, name="over", now=now, lifetime=timedelta(0))

    tasks.forget_expired()

    assert [session.user for session in Session.objects.all()] == [user]
    assert set(Token.objects.values_list("hash", flat=True)) == {"good", "endless"}
    assert ApiToken.objects.exists()


def test_a_new_password_voids_the_signed_tokens_made_before() -> None:
    user = UserFactory.create(password="a good old password")
    browser = Client()
    browser.force_login(user)
    signed = create_jwt(user=user, now=timezone.now())
    new = "a much better password"
    assert verify_token(clear=signed.token, now=timezone.now())

    form = {"oldpassword": "a good old password", "password1": new, "password2": new}
    browser.post("/accounts/password/", form)

    assert not verify_token(clear=signed.token, now=timezone.now())
