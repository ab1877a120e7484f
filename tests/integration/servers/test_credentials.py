"""What the registry shows to servers that ask for credentials: to them, and to nobody else."""

import asyncio
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from accounts.encryption import encrypt
from accounts.models import AuditEvent
from healthchecks.models import Observation, ServerHealth
from healthchecks.services import check_now, ensure_rows
from servers.models import HealthState, Server, Source, UpstreamCredential, Webhook
from servers.services import (
    InvalidCredential,
    StaleWrite,
    delete_credential,
    sendable_credentials,
    set_credential,
)
from servers.services.credentials import MOVED, UNDECIPHERABLE
from servers.sources.registry import CREDENTIAL_PURPOSE
from servers.webhooks import PURPOSE
from tests.fixtures.factories import ServerFactory, TeamFactory, UserFactory
from tests.fixtures.mcp_servers import (
    answering,
    demanding,
    dual_era_app,
    listening,
    serve,
    sse_app,
)

pytestmark = pytest.mark.django_db

HEADER, VALUE = "X-Api-Key", "canary/key+7f3a9c"


@pytest.fixture
def server() -> Server:
    return ServerFactory.create(name="org.example/weather", endpoint_url="https://a.example/mcp")


def given(server: Server, header: str = HEADER, value: str = VALUE) -> UpstreamCredential:
    return set_credential(server=server, header=header, value=value, by=None, now=timezone.now())


def check(server: Server) -> Observation:
    observation = check_now(server=server, clock=timezone.now)
    server.refresh_from_db()
    return observation


@pytest.fixture
def guarded() -> Iterator[Server]:
    """A live server that lets nobody in without the key."""
    with serve(demanding(dual_era_app(), HEADER, VALUE)) as base:
        yield ServerFactory.create(endpoint_url=f"{base}/mcp")


# --- Sent to the server ------------------------------------------------------------------------


def test_a_server_that_asks_for_credentials_is_healthy_with_them(guarded: Server) -> None:
    check(guarded)
    assert guarded.health_state == HealthState.AUTH_REQUIRED

    given(guarded)
    check(guarded)

    assert guarded.health_state == HealthState.HEALTHY
    assert guarded.tools.current().count() == 2


def test_they_are_sent_on_the_event_stream_too() -> None:
    with serve(demanding(sse_app(), "Authorization", f"Bearer {VALUE}")) as base:
        row = ServerFactory.create(endpoint_url=f"{base}/sse", transport="sse")
        given(row, "Authorization", f"Bearer {VALUE}")
        check(row)

    assert row.health_state == HealthState.HEALTHY


def test_a_server_that_moved_is_sent_nothing(guarded: Server) -> None:
    given(guarded)
    UpstreamCredential.objects.update(origin="https://where-it-was.example")
    check(guarded)

    assert guarded.health_state == HealthState.AUTH_REQUIRED
    assert MOVED in guarded.health_reason


def test_a_server_without_an_address_any_more_is_sent_nothing(server: Server) -> None:
    given(server)
    server.endpoint_url = ""

    sendable = sendable_credentials([server])[server.pk]
    assert (sendable.credentials.headers, sendable.remark) == ({}, MOVED)


def test_a_redirect_carries_nothing_away() -> None:
    seen: list[str | None] = []

    async def elsewhere(request: Request) -> Response:
        seen.append(request.headers.get(HEADER))
        return Response()

    with serve(answering(elsewhere)) as other:

        async def moved(request: Request) -> Response:
            return Response(status_code=307, headers={"Location": f"{other}/mcp"})

        with serve(answering(moved)) as base:
            row = ServerFactory.create(endpoint_url=f"{base}/mcp")
            given(row)
            check(row)

    assert (seen, row.health_state) == ([], HealthState.NOT_MCP)


def test_what_cannot_be_deciphered_is_said(guarded: Server, settings: Settings) -> None:
    given(guarded)
    settings.SECRET_KEY = "another" * 10
    check(guarded)

    assert UNDECIPHERABLE in guarded.health_reason


def test_a_new_credential_has_the_server_probed_at_once(
    server: Server, django_capture_on_commit_callbacks: Any
) -> None:
    ensure_rows(now=timezone.now())
    later = timezone.now() + timedelta(hours=1)
    ServerHealth.objects.update(next_check_at=later)

    with django_capture_on_commit_callbacks(execute=True):
        given(server)

    assert ServerHealth.objects.filter(next_check_at__lt=later).exists()


# --- Shown to nobody ---------------------------------------------------------------------------


def repeating(status: int) -> ASGIApp:
    """A server that says what it was sent wherever it can, in texts, keys, headers and errors."""

    async def handler(request: Request) -> Response:
        said = request.headers.get(HEADER, "")
        tool = {"name": "a", "description": f"{said}, {said.upper()}", "inputSchema": {said: 1}}
        message = await request.json()
        result: dict[str, Any] = {"tools": [tool]}
        if message["method"] == "server/discover":
            result = {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}}
        # What stands at the end of a long message must not be cut to a part of it.
        error = {"code": -32000, "message": "x" * 290 + said}
        outcome = {"result": result} if status == 200 else {"error": error}
        # Some encoders escape slashes.
        text = json.dumps({"jsonrpc": "2.0", "id": message["id"], **outcome}).replace("/", "\\/")
        headers = {"WWW-Authenticate": said, "Location": said}
        return Response(text, status, headers, "application/json")

    return answering(handler)


@pytest.mark.parametrize("status", [200, 401, 500])
def test_a_server_that_repeats_them_is_not_repeated(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serve(repeating(status)) as base:
        row = ServerFactory.create(endpoint_url=f"{base}/mcp")
        given(row)
        check(row)

    out = StringIO()
    call_command("dumpdata", stdout=out)
    shown = (out.getvalue() + caplog.text).lower()
    assert "canary" not in shown
    assert row.health_state == STATES[status]
    assert row.tools.count() == (status == 200)


STATES = {
    200: HealthState.HEALTHY,
    401: HealthState.AUTH_REQUIRED,
    500: HealthState.DEGRADED,
}


def test_a_malformed_answer_that_repeats_them_is_not_repeated() -> None:
    """Here the HTTP library quotes the server, in its own error."""

    async def malformed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/9.9 {VALUE}\r\n\r\n".encode())
        writer.close()

    with listening(malformed) as base:
        row = ServerFactory.create(endpoint_url=f"{base}/mcp")
        given(row)
        check(row)

    assert row.health_state == HealthState.UNREACHABLE
    assert "***" in row.health_reason
    assert "canary" not in row.health_reason


def test_what_is_sent_has_no_representation(server: Server) -> None:
    given(server)

    assert "canary" not in repr(sendable_credentials([server]))


def test_neither_row_nor_trail_says_the_value(server: Server) -> None:
    credential = given(server)

    assert VALUE not in credential.value
    event = AuditEvent.objects.get(action="server.credential_set")
    assert event.after == {"header": HEADER, "origin": "https://a.example", "edition": 2}


# --- Set and taken back ------------------------------------------------------------------------


def test_a_header_is_set_once_whatever_its_case(server: Server) -> None:
    given(server)
    given(server, "x-api-KEY", "other-value")

    assert [row.header for row in server.credentials.all()] == ["x-api-KEY"]


def test_what_is_taken_back_is_not_sent(server: Server) -> None:
    delete_credential(credential=given(server), now=timezone.now())

    sendable = sendable_credentials([server])[server.pk]
    assert (sendable.credentials.headers, sendable.remark) == ({}, "")
    assert AuditEvent.objects.filter(action="server.credential_delete").exists()


@pytest.mark.parametrize(
    "header",
    ["", "X Key", "X:Key", "X-Ké", "X-Key\r\n", "h" * 101, "Host", "content-LENGTH", "Cookie",
     "Mcp-Session-Id", "Transfer-Encoding", "Accept", "Proxy-Authorization", "User-Agent"],
)  # fmt: skip
def test_a_header_that_is_not_ours_to_set_is_refused(server: Server, header: str) -> None:
    with pytest.raises(InvalidCredential) as refused:
        given(server, header)

    assert refused.value.field == "header"
    assert not server.credentials.exists()


@pytest.mark.parametrize(
    "value", ["", " x", "x ", "a\r\nX-Evil: 1", "a\nb", "caf\xe9", "a\x00b", "x" * 8193]
)
def test_a_value_that_no_header_carries_is_refused(server: Server, value: str) -> None:
    with pytest.raises(InvalidCredential) as refused:
        given(server, value=value)

    assert refused.value.field == "value"
    assert value.strip() not in str(refused.value) or not value.strip()


def test_a_server_without_an_address_takes_none() -> None:
    with pytest.raises(InvalidCredential, match="no address"):
        given(ServerFactory.create(endpoint_url=""))


def test_a_server_takes_so_many(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servers.services.credentials.MOST_CREDENTIALS", 1)
    given(server)
    given(server, value="replaced-value")

    with pytest.raises(InvalidCredential, match="1 credentials at most"):
        given(server, "X-Other")


def test_a_stale_write_sets_nothing(server: Server) -> None:
    with pytest.raises(StaleWrite):
        set_credential(
            server=server, header=HEADER, value=VALUE, by=None, now=timezone.now(), expected=7
        )

    assert not server.credentials.exists()


# --- Another secret key ------------------------------------------------------------------------


@pytest.fixture
def secrets(server: Server) -> Server:
    """One of every secret that is kept, under the present key."""
    given(server)
    TOTP.activate(UserFactory.create(username="ada"), "TOTPSECRET")
    signing = encrypt("whsec", purpose=PURPOSE)
    Webhook.objects.create(url="https://a.example", secret=signing, created_at=timezone.now())
    Source.objects.create(
        name="upstream",
        credential=encrypt("token", purpose=CREDENTIAL_PURPOSE),
        team=TeamFactory.create(),
        created_at=timezone.now(),
    )
    return server


def test_everything_opens_with_the_new_key_alone(secrets: Server, settings: Settings) -> None:
    old, settings.SECRET_KEY = settings.SECRET_KEY, "new" * 20
    settings.SECRET_KEY_FALLBACKS = [old]
    out = StringIO()

    call_command("rotate_credentials", stdout=out)

    settings.SECRET_KEY_FALLBACKS = []
    assert out.getvalue() == "4 secret(s) encrypted with the present key.\n"
    call_command("rotate_credentials", stdout=out)
    assert sendable_credentials([secrets])[secrets.pk].credentials.headers == {HEADER: VALUE}


def test_what_no_key_opens_is_named_and_stays(secrets: Server, settings: Settings) -> None:
    settings.SECRET_KEY = "lost" * 20
    kept = UpstreamCredential.objects.get().value

    with pytest.raises(CommandError, match=r"second factor of ada; upstream credential .*source"):
        call_command("rotate_credentials", stdout=StringIO())

    assert UpstreamCredential.objects.get().value == kept
    event = AuditEvent.objects.get(action="secrets.reencrypt")
    assert event.after == {"done": 0, "undecipherable": 4}
