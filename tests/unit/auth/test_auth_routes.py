"""The pages where people sign in and out."""

import pytest
from django.contrib.auth import get_user
from django.test import Client
from django.urls import reverse

from tests.fixtures.factories import UserFactory

PASSWORD = "correct horse battery staple"


@pytest.fixture
def browser(db: None) -> Client:
    UserFactory.create(username="ada")
    UserFactory.create(username="gone", is_active=False)
    return Client()


def sign_in(browser: Client, username: str, password: str) -> int:
    form = {"login": username, "password": password}
    return browser.post(reverse("account_login"), form).status_code


def test_login_success(browser: Client) -> None:
    assert sign_in(browser, "ada", PASSWORD) == 302

    assert get_user(browser).get_username() == "ada"


@pytest.mark.parametrize(("username", "password"), [("ada", "wrong"), ("nobody", PASSWORD)])
def test_login_failure_signs_nobody_in(browser: Client, username: str, password: str) -> None:
    assert sign_in(browser, username, password) == 200

    assert get_user(browser).is_anonymous


def test_a_closed_account_is_told_so_and_not_signed_in(browser: Client) -> None:
    answer = browser.post(
        reverse("account_login"), {"login": "gone", "password": PASSWORD}, follow=True
    )

    assert "deactivated" in answer.text
    assert get_user(browser).is_anonymous


def test_login_leads_on_only_within_this_site(browser: Client) -> None:
    form = {"login": "ada", "password": PASSWORD}

    answer = browser.post(reverse("account_login") + "?next=https://evil.example/", form)

    assert answer.headers["Location"] == reverse("home")


def test_logout_asks_first_and_signs_out_with_a_post(browser: Client) -> None:
    sign_in(browser, "ada", PASSWORD)

    assert browser.get(reverse("account_logout")).status_code == 200
    browser.post(reverse("account_logout"))

    assert get_user(browser).is_anonymous
