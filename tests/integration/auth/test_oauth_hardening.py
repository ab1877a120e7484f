"""What programs, and those who pose as one, do not get from the authorization server."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.idp.oidc.models import Token
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import services
from accounts.models import AuditEvent, User
from tests.fixtures.factories import UserFactory
from tests.integration.auth.oauth_program import (
    URL,
    answer,
    ask,
    call,
    exchange,
    register,
    token,
)
from tests.integration.auth.test_oauth import ada, browser, client_id

__all__ = ["ada", "browser", "client_id"]  # fixtures

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"


def refresh(client_id: str, refresh_token: str, **changes: str) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": client_id}
    return Client().post("/oauth/token", form | changes)


# --- What ends with the credentials of an account -----------------------------------------------


def sign_out(user: User) -> None:
    services.sign_out(user=user, now=timezone.now())


def set_password(user: User) -> None:
    services.set_password(user=user, password=PASSWORD, now=timezone.now())


def change_password(user: User) -> None:
    """By the person, on the page for it."""
    user.set_password("the old one of ada")
    user.save()
    browser = Client()
    browser.force_login(user)
    form = {"oldpassword": "the old one of ada", "password1": PASSWORD, "password2": PASSWORD}
    assert browser.post("/accounts/password/", form).status_code == 302


def close_and_open(user: User) -> None:
    UserFactory.create(is_superuser=True)
    services.deactivate(user=user, now=timezone.now())
    services.reactivate(user=user, now=timezone.now())


ENDINGS = [sign_out, set_password, change_password, close_and_open]


@pytest.mark.parametrize("end", ENDINGS)
def test_tokens_of_programs_end_with_it(
    browser: Client, client_id: str, end: Callable[[User], None]
) -> None:
    tokens = token(browser, client_id)

    end(User.objects.get(username="ada"))

    assert call(tokens["access_token"]).status_code == 401
    assert refresh(client_id, tokens["refresh_token"]).status_code == 400


@pytest.mark.parametrize("end", ENDINGS)
def test_codes_that_were_not_exchanged_end_with_it(
    browser: Client, client_id: str, end: Callable[[User], None]
) -> None:
    code = answer(browser, ask(browser, client_id))["code"][0]

    end(User.objects.get(username="ada"))

    assert exchange(client_id, code).json()["error"] == "invalid_grant"
    assert not Token.objects.exists()


def test_a_code_of_a_new_sign_in_is_exchanged(browser: Client, client_id: str) -> None:
    user = User.objects.get(username="ada")
    sign_out(user)
    browser.force_login(user)

    assert call(token(browser, client_id)["access_token"]).status_code == 200


def test_tokens_of_others_go_on(browser: Client, client_id: str) -> None:
    access_token = token(browser, client_id)["access_token"]

    sign_out(UserFactory.create())

    assert call(access_token).status_code == 200


# --- Asking without a person --------------------------------------------------------------------


@pytest.mark.parametrize("prompt", ["none", "none consent", "consent", "login", "login none"])
def test_a_visitor_signs_in_whatever_the_program_asks_for(client_id: str, prompt: str) -> None:
    page = ask(Client(), client_id, prompt=prompt)

    assert page.status_code == 302
    assert page.headers["Location"].startswith("/accounts/login/?next=")


def test_a_visitor_cannot_send_the_form_of_somebody_else(browser: Client, client_id: str) -> None:
    page = ask(browser, client_id)
    request = page.context_data["form"].initial["request"]
    form = {"request": request, "scopes": ["view"], "action": "grant"}

    answered = Client().post("/oauth/authorize?prompt=none", form)

    assert answered.headers["Location"].startswith("/accounts/login/?next=")


def test_asking_silently_is_asking(browser: Client, client_id: str) -> None:
    token(browser, client_id)

    page = ask(browser, client_id, prompt="none")

    assert page.status_code == 200
    assert 'name="request"' in page.text


def test_nor_does_it_open_without_a_proof_key(browser: Client, client_id: str) -> None:
    page = ask(browser, client_id, prompt="none", code_challenge_method="plain")

    assert page.status_code == 400


# --- What is no address -------------------------------------------------------------------------


@pytest.mark.parametrize("broken", ["http://[", "https://[", "//[", "http://[::1"])
def test_a_broken_address_is_refused(browser: Client, client_id: str, broken: str) -> None:
    code = answer(browser, ask(browser, client_id))["code"][0]

    assert ask(browser, client_id, resource=broken).status_code == 400
    assert ask(browser, client_id, redirect_uri=broken).status_code == 400
    assert ask(browser, broken).status_code == 400
    assert exchange(broken, code).status_code in (400, 401)
    assert register(redirect_uris=[broken]).status_code == 400
    refused = exchange(client_id, code, resource=broken)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_target")


# --- Where codes are sent -----------------------------------------------------------------------

REGISTERED = ["http://127.0.0.1:7777/cb", "https://a.example/cb?x=1", "http://localhost:7777/cb"]


def registered(settings: Settings) -> str:
    settings.ROLLCALL_URL = URL
    return str(register(redirect_uris=REGISTERED).json()["client_id"])


@pytest.mark.parametrize("uri", [*REGISTERED, "http://127.0.0.1:1/cb", "http://127.0.0.1/cb"])
def test_a_code_is_sent_to_where_the_program_registered(
    browser: Client, settings: Settings, uri: str
) -> None:
    assert 'name="request"' in ask(browser, registered(settings), redirect_uri=uri).text


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:7777/cb?next=http://evil",
        "http://127.0.0.1:7777/cb?",
        "http://127.0.0.1:7777/cb#a",
        "http://127.0.0.1:7777/cb/",
        "http://127.0.0.1:7777@evil.example/cb",
        "http://127.0.0.1:1:2/cb",
        "http://[::1]:7777/cb",
        "http://localhost:1/cb",
        "https://a.example/cb?x=1&y=2",
        "https://a.example:444/cb?x=1",
        "https://A.example/cb?x=1",
    ],
)
def test_and_to_no_other_address(browser: Client, settings: Settings, uri: str) -> None:
    page = ask(browser, registered(settings), redirect_uri=uri)

    assert page.status_code == 400
    assert 'name="request"' not in page.text


# --- Refresh tokens -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "resource", [f"{URL}/mcp", "https://other.example/", "http://[", f"{URL}/api/../mcp"]
)
def test_a_mistake_beside_it_ends_no_refresh_token(
    browser: Client, client_id: str, resource: str
) -> None:
    refresh_token = token(browser, client_id)["refresh_token"]

    refused = refresh(client_id, refresh_token, resource=resource)
    renewed = refresh(client_id, refresh_token)

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_target")
    assert call(renewed.json()["access_token"]).status_code == 200


# --- The audit trail ----------------------------------------------------------------------------


def test_a_replayed_code_is_written_down(browser: Client, client_id: str) -> None:
    code = answer(browser, ask(browser, client_id))["code"][0]
    exchange(client_id, code)
    exchange(client_id, code)

    denied = AuditEvent.objects.get(outcome="denied")
    assert (denied.action, denied.subject) == ("oauth.authorization_code", client_id)
    assert code not in denied.detail


def test_a_replayed_refresh_token_is_written_down(browser: Client, client_id: str) -> None:
    used = token(browser, client_id)["refresh_token"]
    before = AuditEvent.objects.count()

    assert refresh(client_id, used).status_code == 200
    assert AuditEvent.objects.count() == before
    assert refresh(client_id, used).status_code == 400

    denied = AuditEvent.objects.get(outcome="denied")
    assert (denied.action, denied.subject) == ("oauth.refresh_token", client_id)


def test_strangers_do_not_fill_the_trail(client_id: str, settings: Settings) -> None:
    settings.RATE_LIMIT_DENIALS = "2/minute"

    with time_machine.travel(timezone.now() + timedelta(days=1)):
        for _ in range(4):
            exchange(client_id, "made-up")
            exchange("nobody", "made-up")

    assert AuditEvent.objects.filter(outcome="denied").count() == 2


def test_a_revocation_is_written_down_once(browser: Client, client_id: str) -> None:
    form = {"token": token(browser, client_id)["access_token"], "client_id": client_id}

    for _ in range(2):
        assert Client().post("/oauth/revoke", form).status_code == 200

    event = AuditEvent.objects.get(action="oauth.token.revoke")
    assert (event.subject, event.before) == ("ada", {"client": client_id, "kind": "at"})
