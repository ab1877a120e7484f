"""The authorization server for MCP clients, step by step, and what its tokens are worth."""

import re
from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from allauth.idp.oidc.models import Client as OAuthClient
from allauth.idp.oidc.models import Token
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEvent, User
from accounts.oauth import clients
from accounts.services import deactivate, reactivate
from servers.access import Visibility
from tests.fixtures.factories import ServerFactory, UserFactory

pytestmark = pytest.mark.django_db
URL = "http://127.0.0.1:8000"
CALLBACK = "http://127.0.0.1:3030/callback"
VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


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


def register(**changes: Any) -> Any:
    document = {
        "client_name": "Agent",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    }
    return Client().post("/oauth/register", document | changes, content_type="application/json")


def ask(browser: Client, client_id: str, **changes: Any) -> Any:
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "scope": "view call",
        "state": "s1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "resource": f"{URL}/api",
    }
    wanted = {name: value for name, value in (query | changes).items() if value is not None}
    return browser.get("/oauth/authorize", wanted)


def answer(browser: Client, page: Any, **fields: Any) -> dict[str, list[str]]:
    """Fill in the consent page; what the program is told."""
    request = re.findall(r'name="request" value="([^"]*)"', page.text)[0]
    form = {"request": unescape(request), "scopes": ["view"], "action": "grant"} | fields
    back = browser.post("/oauth/authorize", form)
    return parse_qs(urlsplit(back.headers["Location"]).query)


def exchange(client_id: str, code: str, **changes: Any) -> Any:
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    return Client().post("/oauth/token", form | changes)


def token(browser: Client, client_id: str, **changes: Any) -> dict[str, Any]:
    """The tokens that a program is given when ada allows everything it asks for."""
    scopes = changes.get("scope", "view call").split()
    told = answer(browser, ask(browser, client_id, **changes), scopes=scopes)
    tokens: dict[str, Any] = exchange(client_id, told["code"][0]).json()
    return tokens


def call(access_token: str, address: str = "/api/me", **options: Any) -> Any:
    headers = {"Authorization": f"Bearer {access_token}"}
    return Client().get(address, headers=headers, **options)


# --- The documents -----------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["", "/mcp", "/api"])
def test_each_resource_says_who_issues_tokens_for_it(ada: User, part: str) -> None:
    document = Client().get(f"/.well-known/oauth-protected-resource{part}")

    assert document.json()["resource"] == f"{URL}{part}"
    assert document.json()["authorization_servers"] == [URL]
    assert document.headers["Access-Control-Allow-Origin"] == "*"


def test_a_configured_issuer_is_named_first(ada: User, settings: Settings) -> None:
    settings.OIDC_ISSUER = "https://id.example.org"

    document = Client().get("/.well-known/oauth-protected-resource").json()

    assert document["authorization_servers"] == ["https://id.example.org", URL]


def test_the_authorization_server_describes_itself(ada: User) -> None:
    document = Client().get("/.well-known/oauth-authorization-server").json()

    assert document["issuer"] == URL
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["registration_endpoint"] == f"{URL}/oauth/register"
    assert document["client_id_metadata_document_supported"] is True
    assert document == Client().get("/.well-known/openid-configuration").json()
    assert "keys" in Client().get(document["jwks_uri"].removeprefix(URL)).json()


def test_without_registration_none_is_named(ada: User, settings: Settings) -> None:
    settings.IDP_OIDC_DCR_ENABLED = False

    document = Client().get("/.well-known/oauth-authorization-server").json()

    assert "registration_endpoint" not in document


def test_a_call_without_a_token_is_told_where_to_go(ada: User) -> None:
    challenge = Client().get("/api/me").headers["WWW-Authenticate"]

    metadata = f"{URL}/.well-known/oauth-protected-resource/api"
    assert challenge == f'Bearer resource_metadata="{metadata}"'


# --- Clients -----------------------------------------------------------------------------------


def test_a_program_registers_itself_and_gets_no_secret(ada: User) -> None:
    answered = register(scope="everything", contacts=["a" * 1000])

    assert answered.status_code == 201
    assert "client_secret" not in answered.json()
    client = OAuthClient.objects.get()
    assert set(client.get_scopes()) == {"view", "call", "probe", "register", "edit"}
    assert client.data == {"dcr": True}
    assert AuditEvent.objects.filter(action="oauth.client.register").exists()


def test_a_program_that_says_nothing_is_a_public_one(ada: User) -> None:
    document = {"client_name": "Agent", "redirect_uris": [CALLBACK]}

    answered = Client().post("/oauth/register", document, content_type="application/json")

    assert answered.json()["token_endpoint_auth_method"] == "none"


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": ["http://evil.example/callback"]},
        {"redirect_uris": ["https://a.example;script-src *"]},
        {"redirect_uris": ["https://*.example.org/"]},
        {"redirect_uris": ["//example.org/"]},
        {"redirect_uris": [f"https://example.org/{number}" for number in range(11)]},
        {"redirect_uris": []},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"grant_types": ["client_credentials"]},
    ],
    ids=str,
)
def test_what_a_program_may_not_be(ada: User, wrong: dict[str, Any]) -> None:
    answered = register(**wrong)

    assert answered.status_code == 400
    assert answered.json()["error_description"]
    assert not OAuthClient.objects.exists()


def test_nobody_registers_programs_without_end(ada: User) -> None:
    assert [register().status_code for _ in range(4)] == [201, 201, 201, 429]


def test_nonsense_is_no_registration(ada: User) -> None:
    answered = Client().post("/oauth/register", "nonsense", content_type="application/json")

    assert answered.status_code == 400


# --- A client that is named by its address ------------------------------------------------------

ADDRESS = "https://agent.example.org/client.json"


def served(monkeypatch: pytest.MonkeyPatch, document: Any) -> list[str]:
    """What is fetched, each answered with ``document``."""
    fetched = []

    def answered(url: str) -> Any:
        fetched.append(url)
        return document

    monkeypatch.setattr(clients, "_document_at", answered)
    return fetched


def test_a_document_makes_a_client(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    document = {"client_id": ADDRESS, "client_name": "Remote", "redirect_uris": [CALLBACK]}
    fetched = served(monkeypatch, document)

    page = ask(browser, ADDRESS)
    ask(browser, ADDRESS)

    assert "Remote" in page.text
    assert exchange(ADDRESS, answer(browser, page)["code"][0]).status_code == 200
    assert fetched == [ADDRESS]


def test_a_document_about_another_client_makes_none(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    served(monkeypatch, {"client_id": "https://other.example/", "redirect_uris": [CALLBACK]})

    assert ask(browser, ADDRESS).status_code == 400
    assert not OAuthClient.objects.exists()


def test_a_document_is_never_fetched_from_within_the_network(
    browser: Client, settings: Settings
) -> None:
    settings.OUTBOUND_ALLOW = []

    page = ask(browser, "https://127.0.0.1/client.json")

    assert page.status_code == 400
    assert "only public addresses" in page.text


def test_a_document_that_is_none_makes_no_client(browser: Client) -> None:
    async def answered(url: str) -> bytes:
        return b"<html>"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clients, "_fetch", answered)
        assert ask(browser, ADDRESS).status_code == 400


def test_documents_are_not_fetched_without_end(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    served(monkeypatch, {})

    assert [ask(browser, ADDRESS).status_code for _ in range(4)] == [400, 400, 400, 429]


def test_strangers_make_nothing_be_fetched(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = served(monkeypatch, {})

    ask(Client(), ADDRESS)

    assert fetched == []


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
