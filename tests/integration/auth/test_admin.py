"""Tokens and people in the admin."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken, User
from accounts.services import create_token
from tests.fixtures.factories import UserFactory

ADD = "admin:accounts_apitoken_add"
LIST = "admin:accounts_apitoken_changelist"


@pytest.fixture
def ada(db: None) -> User:
    return UserFactory.create(username="ada", is_staff=True, is_superuser=True)


@pytest.fixture
def browser(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def test_a_token_is_made_and_shown_once(browser: Client, ada: User) -> None:
    form = {"user": ada.pk, "name": "deploy", "lifetime_days": "7"}

    shown = browser.post(reverse(ADD), form, follow=True)

    token = ApiToken.objects.get()
    assert (token.user, token.name) == (ada, "deploy")
    assert token.expiry is not None
    assert token.expiry - token.created < timedelta(days=7, seconds=5)
    (clear,) = re.findall(r"rollcall_[0-9a-f]{64}", shown.text)
    assert clear.startswith(token.token_key)
    assert clear not in browser.get(reverse(LIST)).text


def test_a_lifetime_may_be_left_empty(browser: Client, ada: User) -> None:
    browser.post(reverse(ADD), {"user": ada.pk, "name": "deploy", "lifetime_days": ""})

    assert ApiToken.objects.get().expiry is None


def test_a_token_is_listed_and_looked_at_but_not_changed(browser: Client, ada: User) -> None:
    token, _ = create_token(user=ada, name="deploy")
    address = reverse("admin:accounts_apitoken_change", args=[token.pk])

    assert "deploy" in browser.get(reverse(LIST)).text
    assert browser.get(address).status_code == 200
    assert browser.post(address, {"name": "other"}).status_code == 403


def test_deleting_a_token_revokes_it(browser: Client, ada: User) -> None:
    token, _ = create_token(user=ada, name="deploy")

    browser.post(reverse("admin:accounts_apitoken_delete", args=[token.pk]), {"post": "yes"})

    assert not ApiToken.objects.exists()


def test_people_are_listed(browser: Client) -> None:
    assert "ada" in browser.get(reverse("admin:accounts_user_changelist")).text
