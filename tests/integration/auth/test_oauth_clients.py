"""What the authorization server says of itself, and which programs it accepts as clients."""

from typing import Any

import pytest
from allauth.idp.oidc.models import Client as OAuthClient
from django.test import Client
from pytest_django import Settings

from accounts.models import AuditEvent, User
from accounts.oauth import clients
from tests.fixtures.factories import UserFactory
from tests.integration.auth.oauth_program import CALLBACK, URL, answer, ask, exchange, register

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
