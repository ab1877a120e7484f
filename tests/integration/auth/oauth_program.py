"""A program that asks for tokens, step by step, for the tests of the authorization server."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.test import Client

URL = "http://127.0.0.1:8000"
CALLBACK = "http://127.0.0.1:3030/callback"
VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


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
