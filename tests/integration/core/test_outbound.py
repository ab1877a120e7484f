"""The guarded client on a real network: this machine's."""

import asyncio
import socket
import time

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from registry_site.lib.outbound import (
    ConnectionFailed,
    OutboundRefused,
    ResponseTooLarge,
    outbound_client,
)
from tests.fixtures.mcp_servers import (
    answering,
    drip,
    dual_era_app,
    endless,
    serve,
    streaming,
)

LOOPBACK = ["127.0.0.0/8"]


async def test_an_allowed_address_answers() -> None:
    with serve(dual_era_app()) as base:
        async with outbound_client(allow=LOOPBACK) as client:
            response = await client.get(f"{base}/nothing")

    assert response.status_code == httpx2.codes.NOT_FOUND


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost", "127.0.0.1."])
async def test_no_form_of_loopback_reaches_a_server_that_is_there(host: str) -> None:
    hits: list[str] = []

    async def canary(request: Request) -> Response:
        hits.append(request.url.path)
        return Response()

    with serve(answering(canary)) as base:
        port = base.rpartition(":")[2]
        async with outbound_client(allow=[]) as client:
            with pytest.raises((OutboundRefused, ConnectionFailed)):
                await client.get(f"http://{host}:{port}/mcp")

    assert hits == []


async def test_an_allowed_name_is_looked_up_by_the_system() -> None:
    with serve(dual_era_app()) as base:
        async with outbound_client(allow=["localhost"]) as client:
            response = await client.get(base.replace("127.0.0.1", "localhost") + "/nothing")

    assert response.status_code == httpx2.codes.NOT_FOUND


async def test_a_redirect_is_not_followed() -> None:
    async def away(request: Request) -> Response:
        return RedirectResponse("http://169.254.169.254/latest/meta-data/")

    with serve(answering(away)) as base:
        async with outbound_client(allow=LOOPBACK) as client:
            response = await client.get(f"{base}/mcp")

    assert response.is_redirect


async def test_an_endless_stream_is_cut_at_the_limit() -> None:
    with serve(streaming(endless, "text/event-stream")) as base:
        async with outbound_client(allow=LOOPBACK, largest_response=100_000) as client:
            with pytest.raises(ResponseTooLarge):
                await client.get(f"{base}/mcp")


async def test_a_drip_ends_at_the_callers_deadline() -> None:
    started = time.monotonic()
    with serve(streaming(drip, "application/json")) as base:
        async with outbound_client(allow=LOOPBACK) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await client.get(f"{base}/mcp")
            elapsed = time.monotonic() - started

    assert elapsed < 1


async def test_a_port_where_nobody_listens_is_told_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with outbound_client(allow=LOOPBACK) as client:
        with pytest.raises(ConnectionFailed, match="Connection refused"):
            await client.get(f"http://127.0.0.1:{port}/")


async def test_tls_where_none_is_spoken_is_told_in_words() -> None:
    with serve(dual_era_app()) as base:
        async with outbound_client(allow=LOOPBACK) as client:
            with pytest.raises(ConnectionFailed, match="TLS could not be agreed on"):
                await client.get(base.replace("http:", "https:"))
