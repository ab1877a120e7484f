"""The authorization server for MCP clients, step by step, and what its tokens are worth."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from allauth.idp.oidc.models import Token
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEvent, User
from accounts.services import deactivate, reactivate
from servers.access import Visibility
from tests.fixtures.factories import ServerFactory, UserFactory
from tests.integration.auth.oauth_program import (
    URL,
    answer,
    ask,
    call,
    exchange,
    register,
    token,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(settings: Settings) -> User:
    settings.ROLLCALL_URL = URL
    return UserFactory.create(username="ada")


@pytest.fixture
def browser(ada: User) -> Client:
    browser = Client()
    browser.force_login(ada)
    return browser


@pytest.fixture
def client_id(ada: User) -> str:
    return str(register().json()["client_id"])


# --- Consent -----------------------------------------------------------------------------------


def test_who_is_not_signed_in_signs_in_first(client_id: str) -> None:
    assert ask(Client(), client_id).headers["Location"].startswith("/accounts/login/?next=")


def test_the_page_names_the_program_and_where_it_leads(browser: Client, client_id: str) -> None:
    page = ask(browser, client_id)

    assert "Agent" in page.text
    assert "http://127.0.0.1:3030" in page.text
    assert "See and search the servers" in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:3030" in policy
    assert page.headers["X-Frame-Options"] == "DENY"


def test_what_is_asked_for_is_listed_from_seeing_to_changing(
    browser: Client, client_id: str
) -> None:
    page = ask(browser, client_id, scope="edit register view call")

    asked = re.findall(r'name="scopes" value="(\w+)"', page.text)
    assert asked == ["view", "call", "register", "edit"]


def test_who_cancels_gives_nothing(browser: Client, client_id: str) -> None:
    told = answer(browser, ask(browser, client_id), action="cancel")

    assert told == {"error": ["access_denied"], "state": ["s1"]}
    assert not Token.objects.exists()


def test_less_can_be_given_than_was_asked_for(browser: Client, client_id: str) -> None:
    told = answer(browser, ask(browser, client_id, scope="view edit"), scopes=["view"])

    assert exchange(client_id, told["code"][0]).json()["scope"] == "view"
    event = AuditEvent.objects.get(action="oauth.consent")
    assert (event.actor, event.subject, event.after) == ("ada", client_id, {"scopes": ["view"]})


def test_more_cannot_be_given_than_was_asked_for(browser: Client, client_id: str) -> None:
    page = ask(browser, client_id, scope="view")
    request = re.findall(r'name="request" value="([^"]*)"', page.text)[0]
    form = {"request": unescape(request), "scopes": ["edit"], "action": "grant"}

    assert browser.post("/oauth/authorize", form).status_code == 200
    assert not Token.objects.exists()


def test_another_site_cannot_consent_for_somebody(ada: User, client_id: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada)
    page = ask(browser, client_id)
    request = re.findall(r'name="request" value="([^"]*)"', page.text)[0]
    form = {"request": unescape(request), "scopes": ["view"], "action": "grant"}

    assert browser.post("/oauth/authorize", form).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": None},
        {"client_id": "nobody"},
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"resource": "https://other.example/api"},
        {"resource": f"{URL}.evil.example/"},
        {"resource": "api"},
    ],
    ids=str,
)
def test_nobody_is_sent_anywhere_for_a_wrong_request(
    browser: Client, client_id: str, wrong: dict[str, Any]
) -> None:
    page = ask(browser, wrong.pop("client_id", client_id), **wrong)

    assert page.status_code == 400
    assert "not possible" in page.text
    assert 'name="request"' not in page.text


def test_a_scope_that_does_not_exist_is_refused(browser: Client, client_id: str) -> None:
    back = ask(browser, client_id, scope="administer")

    assert "error=invalid_scope" in back.headers["Location"]


# --- The token ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_verifier": "w" * 64},
        {"code_verifier": ""},
        {"redirect_uri": "https://evil.example/"},
        {"code": "made-up"},
        {"resource": f"{URL}/mcp"},
        {"resource": "https://other.example"},
        {"resource": "nonsense"},
        {"grant_type": "password"},
    ],
    ids=str,
)
def test_a_code_is_exchanged_by_its_owner_for_its_purpose_alone(
    browser: Client, client_id: str, wrong: dict[str, Any]
) -> None:
    code = answer(browser, ask(browser, client_id))["code"][0]

    refused = exchange(client_id, wrong.pop("code", code), **wrong)

    assert refused.status_code == 400
    assert refused.json()["error"]
    assert not Token.objects.exists()


def test_a_code_is_exchanged_once(browser: Client, client_id: str) -> None:
    code = answer(browser, ask(browser, client_id))["code"][0]
    exchange(client_id, code)

    assert exchange(client_id, code).status_code == 400


def test_a_token_proves_its_owner(browser: Client, client_id: str) -> None:
    tokens = token(browser, client_id)

    assert call(tokens["access_token"]).json()["username"] == "ada"
    assert tokens["expires_in"] == 3600


def test_a_token_lasts_an_hour(browser: Client, client_id: str) -> None:
    access_token = token(browser, client_id)["access_token"]

    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert call(access_token).status_code == 401


def test_a_token_for_another_part_is_refused(browser: Client, client_id: str) -> None:
    access_token = token(browser, client_id, resource=f"{URL}/mcp")["access_token"]

    assert call(access_token).status_code == 401


@pytest.mark.parametrize("resource", [URL, f"{URL}/", f"{URL}/api", None])
def test_a_token_for_the_whole_or_this_part_holds(
    browser: Client, client_id: str, resource: str | None
) -> None:
    access_token = token(browser, client_id, resource=resource)["access_token"]

    assert call(access_token).status_code == 200


def test_its_scopes_limit_it(browser: Client, client_id: str) -> None:
    server = ServerFactory.create(visibility=Visibility.PRIVATE, registered_by=User.objects.get())
    User.objects.update(is_superuser=True)
    access_token = token(browser, client_id, scope="view")["access_token"]
    headers = {"Authorization": f"Bearer {access_token}"}

    assert call(access_token, f"/api/servers/{server.name}").status_code == 200
    assert Client().delete(f"/api/servers/{server.name}", headers=headers).status_code == 403


def test_without_a_scope_it_may_only_look(browser: Client, client_id: str) -> None:
    told = answer(browser, ask(browser, client_id, scope=None))

    assert exchange(client_id, told["code"][0]).json()["scope"] == "view"


def test_a_token_in_the_address_is_none(browser: Client, client_id: str) -> None:
    access_token = token(browser, client_id)["access_token"]

    assert Client().get(f"/api/me?access_token={access_token}").status_code == 401


def test_deactivation_ends_it_for_good(browser: Client, client_id: str) -> None:
    UserFactory.create(is_superuser=True)
    tokens, ada = token(browser, client_id), User.objects.get(username="ada")
    deactivate(user=ada, now=timezone.now())
    refused = call(tokens["access_token"]).status_code
    reactivate(user=ada, now=timezone.now())

    assert refused == 401
    assert call(tokens["access_token"]).status_code == 401
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert Client().post("/oauth/token", form | {"client_id": client_id}).status_code == 400


def test_it_can_be_revoked(browser: Client, client_id: str) -> None:
    access_token = token(browser, client_id)["access_token"]

    Client().post("/oauth/revoke", {"token": access_token, "client_id": client_id})

    assert call(access_token).status_code == 401


def test_an_administrator_ends_a_program_with_its_tokens(browser: Client, client_id: str) -> None:
    access_token = token(browser, client_id)["access_token"]
    User.objects.update(is_superuser=True)

    browser.post(f"/admin/allauth_idp_oidc/client/{client_id}/delete/", {"post": "yes"})

    assert call(access_token).status_code == 401
    assert AuditEvent.objects.filter(action="oauth.client.delete", actor="ada").exists()
