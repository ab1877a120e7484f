"""Secrets planted everywhere come out nowhere: answers, pages, errors, logs, exports, dumps.

The few answers that show a secret once, to who asked for it to be made, are the only exception.
Rows 25 and 26 of the table of faults.
"""

import logging
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.idp.oidc.models import Client as OAuthClient
from allauth.idp.oidc.models import Token as OAuthToken
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.utils import timezone
from django.views.debug import get_exception_reporter_filter
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import create_jwt, create_token, rotate_token
from accounts.signing_keys import signing_key
from servers.models import Server, UpstreamCredential
from servers.services import set_credential
from tests.fixtures.factories import ServerFactory, administrator

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("debug_log")]

PASSWORD = "canary-password-7f3a"
TOTP_SECRET = "CANARYTOTPSECRET"
UPSTREAM = "canary-upstream-credential"
SETTINGS = {"OIDC_CLIENT_SECRET": "canary-oidc-client-secret"}
PAGES = ["/", "/search?q=weather", "/servers/org.example/weather", "/nothing", "/accounts/login/"]
API = [
    "/api/me", "/api/me/permissions", "/api/servers", "/api/servers/org.example/weather",
    "/api/tokens", "/api/users", "/api/grants", "/api/teams", "/api/audit", "/api/nothing",
    "/api/servers/org.example/weather/credentials", "/api/servers/org.example/weather/history",
    "/api/audit/export", "/api/audit/export?format=jsonl", "/api/schema", "/api/servers/export",
]  # fmt: skip
ADMIN = [
    "", "accounts/user/", "accounts/user/{user}/change/", "accounts/apitoken/",
    "servers/upstreamcredential/", "servers/upstreamcredential/{credential}/change/",
    "accounts/auditevent/", "accounts/session/", "accounts/grant/",
]  # fmt: skip


@pytest.fixture
def debug_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


class Planted:
    """An administrator who has one of every secret, and the texts nobody else may see."""

    def __init__(self, settings: Settings) -> None:
        now = timezone.now()
        self.user: User = administrator(username="root", password=PASSWORD)
        self.token, self.clear = create_token(user=self.user, name="deploy", now=now)
        _, self.successor = rotate_token(token=self.token, now=now)
        self.jwt = create_jwt(user=self.user, now=now).token
        TOTP.activate(self.user, TOTP_SECRET)
        self.oauth_token, oauth_secret = "canary-oauth-token", "canary-oauth-secret"
        self.browser = Client()
        self.browser.force_login(self.user)
        self.session_key = str(self.browser.session.session_key)
        self._plant_oauth(oauth_secret)
        self.secrets = [
            PASSWORD, TOTP_SECRET, UPSTREAM, self.clear, self.successor, self.jwt, self.session_key,
            self.oauth_token, oauth_secret, settings.SECRET_KEY, "PRIVATE KEY",
            *SETTINGS.values(), signing_key(now=now).pem.splitlines()[3],
        ]  # fmt: skip

    def _plant_oauth(self, secret: str) -> None:
        client = OAuthClient(name="agent", owner=self.user)
        client.set_secret(secret)
        client.save()
        row = OAuthToken(
            type=OAuthToken.Type.ACCESS_TOKEN,
            user=self.user,
            client=client,
            expires_at=timezone.now() + timedelta(hours=1),
        )
        row.set_value(self.oauth_token)
        row.save()

    def found_in(self, text: str) -> list[str]:
        return [secret for secret in self.secrets if secret in text]


@pytest.fixture
def planted(settings: Settings) -> Planted:
    for name, value in SETTINGS.items():
        setattr(settings, name, value)
    server = ServerFactory.create(name="org.example/weather")
    set_credential(server=server, header="X-Api-Key", value=UPSTREAM, by=None, now=timezone.now())
    return Planted(settings)


def text_of(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    headers = "\n".join(f"{name}: {value}" for name, value in answer.items())
    return headers + body.decode(errors="replace")


# --- Row 25 ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", API)
def test_no_answer_of_the_api_shows_a_secret(planted: Planted, path: str) -> None:
    for credential in (planted.clear, planted.jwt, f"{planted.clear}x", PASSWORD):
        headers = {"Authorization": f"Bearer {credential}"}
        assert planted.found_in(text_of(APIClient().get(path, headers=headers))) == []


@pytest.mark.parametrize("path", PAGES)
def test_no_page_shows_a_secret(planted: Planted, path: str) -> None:
    assert planted.found_in(text_of(planted.browser.get(path))) == []


@pytest.mark.parametrize("path", ADMIN)
def test_no_page_of_the_admin_shows_a_secret(planted: Planted, path: str) -> None:
    ids = {"user": planted.user.pk, "credential": UpstreamCredential.objects.get().pk}
    answer = planted.browser.get(f"/admin/{path.format(**ids)}")
    assert answer.status_code == 200
    assert planted.found_in(text_of(answer)) == []


def test_neither_log_nor_trail_keeps_what_was_presented(
    planted: Planted, caplog: pytest.LogCaptureFixture
) -> None:
    client = APIClient()
    for credential in (planted.clear, planted.jwt, f"{planted.clear}x", planted.oauth_token):
        client.get("/api/audit", headers={"Authorization": f"Bearer {credential}"})
        client.get(f"/api/auth/check?server=a/b&token={credential}")
    client.post("/api/tokens", {"password": PASSWORD}, format="json")
    Client().post("/accounts/login/", {"login": "root", "password": f"{PASSWORD}x"})
    out = StringIO()
    call_command("audit_export", "--format", "jsonl", stdout=out)
    assert planted.found_in(caplog.text) == []
    assert planted.found_in(out.getvalue()) == []


def test_a_dump_of_the_database_opens_nothing(planted: Planted) -> None:
    out = StringIO()
    call_command("dumpdata", stdout=out)
    assert "root" in out.getvalue()
    assert planted.found_in(out.getvalue()) == []


@pytest.mark.parametrize("path", ["/", "/api/servers"])
def test_an_error_shows_nothing_of_what_was_at_hand(
    planted: Planted, path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        at_hand = planted.clear
        raise RuntimeError(len(at_hand))

    monkeypatch.setattr(Server.objects.__class__, "visible_to", broken)
    client = Client(raise_request_exception=False)
    answer = client.get(path, headers={"Authorization": f"Bearer {planted.clear}"})
    assert answer.status_code == 500
    assert planted.found_in(text_of(answer) + caplog.text) == []
    assert mail.outbox == []


def test_settings_in_an_error_report_are_blanked(planted: Planted) -> None:
    request = RequestFactory().get("/", headers={"Authorization": f"Bearer {planted.clear}"})
    reporter = get_exception_reporter_filter(request)
    shown = str(reporter.get_safe_settings()) + str(reporter.get_safe_request_meta(request))
    assert planted.found_in(shown) == []


@pytest.mark.parametrize("name", ["token", "access_token", "api_key", "key", "authorization"])
def test_no_credential_is_taken_from_an_address(planted: Planted, name: str) -> None:
    for path in ("/api/me", "/api/auth/check"):
        assert APIClient().get(path, {name: planted.clear}).status_code == 401


def test_the_canaries_are_alive(planted: Planted) -> None:
    for credential in (planted.clear, planted.successor, planted.jwt):
        headers = {"Authorization": f"Bearer {credential}"}
        assert APIClient().get("/api/me", headers=headers).status_code == 200
        assert planted.found_in(f"({credential})") == [credential]


# --- Row 26 ------------------------------------------------------------------------------------


def test_a_change_from_another_origin_is_refused(planted: Planted) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"Origin": "https://evil.example"})
    browser.force_login(planted.user)
    for path in ("/api/tokens", "/accounts/logout/", "/admin/accounts/team/add/"):
        answer = browser.post(path, {"name": "x"}, content_type="application/json")
        assert answer.status_code == 403


def test_a_host_that_is_not_ours_is_refused(planted: Planted) -> None:
    for path in ("/", "/api/servers", "/admin/", "/accounts/login/"):
        assert Client().get(path, headers={"host": "evil.example"}).status_code == 400


def test_a_token_for_another_audience_is_refused(planted: Planted, settings: Settings) -> None:
    settings.ROLLCALL_URL = "https://elsewhere.example"
    foreign = create_jwt(user=planted.user, now=timezone.now()).token
    settings.ROLLCALL_URL = "https://registry.example"
    answer = APIClient().get("/api/me", headers={"Authorization": f"Bearer {foreign}"})
    assert answer.status_code == 401
