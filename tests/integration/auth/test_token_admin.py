"""Tokens and sessions in the admin: every change through a service."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken, Session, User
from accounts.services import create_token
from tests.fixtures.factories import CREATED_AT, UserFactory
from tests.integration.auth.admin_pages import address, delete, happened, post

PASSWORD = "a long and lonely passphrase"


@pytest.fixture
def ada(db: None) -> User:
    return UserFactory.create(username="ada", is_superuser=True)


@pytest.fixture
def browser(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


# --- Tokens and sessions -----------------------------------------------------------------------


def test_a_token_is_made_and_shown_once(browser: Client, ada: User) -> None:
    form = {"user": ada.pk, "name": "deploy", "lifetime_days": "7", "scopes": "view, call:A.b/*"}

    shown = browser.post(address("apitoken", "add"), form, follow=True)

    token = ApiToken.objects.get()
    assert (token.user, token.name, token.scopes) == (ada, "deploy", ["call:a.b/*", "view"])
    assert token.expiry is not None
    assert token.expiry - token.created < timedelta(days=7, seconds=5)
    (clear,) = re.findall(r"rollcall_[0-9a-f]{64}", shown.text)
    assert clear.startswith(token.token_key)
    assert clear not in browser.get(address("apitoken", "changelist")).text
    assert happened() == [("token.create", "deploy", "ada")]


def test_lifetime_and_scopes_may_be_left_empty(browser: Client, ada: User) -> None:
    post(browser, "apitoken", "add", user=ada.pk, name="deploy", lifetime_days="", scopes="")

    token = ApiToken.objects.get()
    assert (token.expiry, token.scopes) == (None, None)


def test_a_wrong_scope_makes_no_token(browser: Client, ada: User) -> None:
    page = post(browser, "apitoken", "add", user=ada.pk, name="deploy", scopes="all")

    assert "is not a scope" in page.text
    assert not ApiToken.objects.exists()


def test_a_token_is_looked_at_but_not_changed(browser: Client, ada: User) -> None:
    token, _ = create_token(user=ada, name="deploy", now=timezone.now())
    page = address("apitoken", "change", token.pk)

    tokens = browser.get(address("apitoken", "changelist")).text
    for shown in ("deploy", "Starts with", "all its owner may do"):
        assert shown in tokens
    assert browser.get(page).status_code == 200
    assert browser.post(page, {"name": "other"}).status_code == 403


def test_deleting_tokens_revokes_them(browser: Client, ada: User) -> None:
    one, other = (create_token(user=ada, name=name, now=CREATED_AT)[0] for name in "ab")

    post(browser, "apitoken", "delete", one.pk, post="yes")
    delete(browser, "apitoken", other)

    assert not ApiToken.objects.exists()
    assert happened()[2:] == [("token.revoke", "a", "ada"), ("token.revoke", "b", "ada")]


def test_a_session_is_seen_and_ended_and_never_read(browser: Client) -> None:
    bob = UserFactory.create(username="bob")
    browsers = [Client(), Client()]
    for each in browsers:
        each.force_login(bob)
    one, other = Session.objects.filter(user=bob)

    page = browser.get(address("session", "change", one.pk)).text
    post(browser, "session", "delete", one.pk, post="yes")
    delete(browser, "session", other)

    assert one.session_data not in page
    assert "session of bob" in page
    assert [each.get("/api/me").status_code for each in browsers] == [401, 401]
    assert happened() == [("session.end", "bob", "ada"), ("session.end", "bob", "ada")]
