"""The official MCP client finds its way in by itself, given an address and a person."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import httpx2
import pytest
from allauth.idp.oidc.models import Client, Token
from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from pytest_django import Settings

from registry_site.asgi import application
from tests.fixtures.factories import UserFactory
from tests.fixtures.mcp_servers import serve

CALLBACK = "http://127.0.0.1:3030/callback"


class Memory:
    """Where the client keeps what it was given."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Person:
    """Signs in in a browser and allows what is asked for."""

    def __init__(self, address: str) -> None:
        self.browser = httpx.Client(base_url=address, trust_env=False, follow_redirects=True)
        self.sent_to = ""
        self.consent = ""

    async def open(self, address: str) -> None:
        page = self.browser.get(address)
        page = self.submit(page, login="ada", password="correct horse battery staple")
        self.consent = page.text
        scopes = re.findall(r'name="scopes" value="(\w+)"', page.text)
        answer = self.submit(page, scopes=scopes, action="grant", follow=False)
        self.sent_to = answer.headers["Location"]

    def submit(self, page: httpx.Response, follow: bool = True, **fields: Any) -> httpx.Response:
        """Fill in the form of ``page`` that is not the one for signing out."""
        form = page.text.partition("<main")[2]
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
        hidden = {name: unescape(value) for name, value in found}
        action = re.findall(r'action="([^"]*)"', form)[0]
        return self.browser.post(action, data=hidden | fields, follow_redirects=follow)

    async def come_back(self) -> AuthorizationCodeResult:
        query = parse_qs(urlsplit(self.sent_to).query)
        return AuthorizationCodeResult(code=query["code"][0], state=query["state"][0])


@pytest.fixture
def address(transactional_db: None, settings: Settings) -> Iterator[str]:
    """The registry itself, served on this machine, with an account for ada."""
    UserFactory.create(username="ada")
    with serve(application) as served:  # type: ignore[arg-type]  # stricter about dict than ASGI
        settings.ROLLCALL_URL = served
        yield served


@pytest.fixture
def person(address: str) -> Iterator[Person]:
    person = Person(address)
    with person.browser:
        yield person


def official_client(
    address: str, person: Person, memory: Memory, *, part: str = "/api"
) -> OAuthClientProvider:
    metadata = OAuthClientMetadata(
        redirect_uris=[CALLBACK],  # type: ignore[list-item]  # pydantic makes a URL of it
        client_name="Test agent",
    )
    return OAuthClientProvider(
        server_url=f"{address}{part}",
        client_metadata=metadata,
        storage=memory,
        redirect_handler=person.open,
        callback_handler=person.come_back,
    )


async def test_discovery_registration_consent_token_and_a_call(
    address: str, person: Person
) -> None:
    memory = Memory()
    provider = official_client(address, person, memory)

    async with httpx2.AsyncClient(auth=provider, trust_env=False) as client:
        answer = await client.get(f"{address}/api/me")

    assert (answer.status_code, answer.json()["username"]) == (200, "ada")
    assert "Test agent" in person.consent
    assert "127.0.0.1:3030" in person.consent
    assert memory.tokens
    assert memory.tokens.scope == "view call probe register edit"
    assert memory.tokens.expires_in == 3600
    kept = [row async for row in Token.objects.values_list("hash", flat=True)]
    assert memory.tokens.access_token not in kept
    assert await Client.objects.acount() == 1


async def test_a_refresh_token_is_replaced_when_it_is_used(address: str, person: Person) -> None:
    memory = Memory()
    provider = official_client(address, person, memory)
    async with httpx2.AsyncClient(auth=provider, trust_env=False) as client:
        await client.get(f"{address}/api/me")
        first = memory.tokens
        provider.context.token_expiry_time = 1  # long ago
        answer = await client.get(f"{address}/api/me")
    second = memory.tokens

    assert answer.status_code == 200
    assert first
    assert second
    assert first.access_token != second.access_token
    assert first.refresh_token != second.refresh_token
