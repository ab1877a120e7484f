"""The MCP client against real servers of every era, and against hostile ones."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp

from registry_site.lib.outbound import Credentials, OutboundClient, outbound_client
from servers.mcp import (
    AuthorizationRequired,
    Dialect,
    Discovery,
    Endpoint,
    NotMcp,
    ProbeFailure,
    Refused,
    ServerError,
    Unreachable,
    discover,
)
from tests.fixtures import mcp_servers
from tests.fixtures.mcp_servers import answering, listing, serve, streaming

STATELESS = Dialect("streamable-http", "stateless")
SESSION = Dialect("streamable-http", "session")
SSE = Dialect("sse", "session")


@pytest_asyncio.fixture
async def client() -> AsyncIterator[OutboundClient]:
    async with outbound_client(allow=["127.0.0.0/8"]) as client:
        yield client


async def asked(
    app: ASGIApp,
    client: OutboundClient,
    *,
    path: str = "/mcp",
    transport: str = "streamable-http",
    hint: Dialect | None = None,
) -> Discovery:
    with serve(app) as base:
        endpoint = Endpoint(url=base + path, transport=transport)
        return await discover(endpoint, client=client, hint=hint)


async def failure_of(app: ASGIApp, client: OutboundClient, **options: Any) -> ProbeFailure:
    with pytest.raises(ProbeFailure) as caught:
        await asked(app, client, **options)
    return caught.value


def names(discovery: Discovery) -> list[str]:
    return [tool["name"] for tool in discovery.tools.entries]


# --- Servers of the official SDK ---------------------------------------------------------------


@pytest.mark.parametrize("hint", [None, STATELESS, SSE])
async def test_a_server_of_both_eras_is_asked_in_the_stateless_one(
    client: OutboundClient, hint: Dialect | None
) -> None:
    discovery = await asked(mcp_servers.dual_era_app(), client, hint=hint)

    assert discovery.dialect == STATELESS
    assert (discovery.transport, discovery.era) == ("streamable-http", "stateless")
    assert discovery.protocol_version == "2026-07-28"
    assert discovery.server_info["name"] == "weather"
    assert names(discovery) == ["get_forecast", "get_warnings"]
    assert discovery.latency_ms > 0


@pytest.mark.parametrize("options", [{}, {"json_response": True}, {"stateless_http": True}])
@pytest.mark.parametrize("hint", [None, SESSION, STATELESS])
async def test_a_server_of_the_session_era_is_asked_with_initialize(
    client: OutboundClient, options: dict[str, Any], hint: Dialect | None
) -> None:
    discovery = await asked(mcp_servers.session_era_app(**options), client, hint=hint)

    assert discovery.dialect == SESSION
    assert discovery.protocol_version == "2025-11-25"
    assert discovery.server_info["name"] == "weather"
    assert names(discovery) == ["get_forecast", "get_warnings"]


async def test_a_server_of_the_stateless_era_alone_is_found_despite_an_old_hint(
    client: OutboundClient,
) -> None:
    discovery = await asked(mcp_servers.stateless_only_app(), client, hint=SESSION)

    assert discovery.dialect == STATELESS
    assert names(discovery) == ["get_forecast", "get_warnings"]


@pytest.mark.parametrize("transport", ["sse", "streamable-http"])
async def test_a_server_of_http_and_sse_is_found_whatever_it_is_registered_as(
    client: OutboundClient, transport: str
) -> None:
    discovery = await asked(mcp_servers.sse_app(), client, path="/sse", transport=transport)

    assert discovery.dialect == SSE
    assert names(discovery) == ["get_forecast", "get_warnings"]
    assert discovery.tools.entries[0]["inputSchema"]["properties"]["place"]["type"] == "string"


async def test_a_streamable_server_registered_as_sse_is_found(client: OutboundClient) -> None:
    discovery = await asked(mcp_servers.session_era_app(), client, transport="sse")

    assert discovery.dialect == SESSION


async def test_a_session_is_ended(client: OutboundClient) -> None:
    app = mcp_servers.session_era_app()
    methods: list[str] = []

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            methods.append(scope["method"])
        await app(scope, receive, send)

    await asked(noting, client, hint=SESSION)

    assert (set(methods[:-1]), methods[-1]) == ({"POST"}, "DELETE")


@pytest.mark.parametrize(
    ("app", "path"),
    [
        (mcp_servers.dual_era_app, "/mcp"),
        (mcp_servers.session_era_app, "/mcp"),
        (mcp_servers.sse_app, "/sse"),
    ],
)
async def test_prompts_and_resources_are_listed_in_every_dialect(
    client: OutboundClient, app: Any, path: str
) -> None:
    discovery = await asked(app(mcp_servers.offering()), client, path=path)

    assert [prompt["name"] for prompt in discovery.prompts.entries] == ["travel_advice"]
    addresses = [it.get("uri") or it["uriTemplate"] for it in discovery.resources.entries]
    assert addresses == ["weather://stations", "weather://stations/{name}"]
    assert discovery.tools.known is not None


# --- Answers that are no list of tools ---------------------------------------------------------


async def test_a_server_that_wants_authorization_is_alive(client: OutboundClient) -> None:
    async def closed(request: Request) -> Response:
        return Response(status_code=401, headers={"WWW-Authenticate": 'Bearer realm="mcp"'})

    failure = await failure_of(answering(closed), client)

    assert type(failure) is AuthorizationRequired
    assert (failure.http_status, "by Bearer" in failure.reason) == (401, True)


async def test_a_web_page_is_not_mcp(client: OutboundClient) -> None:
    async def page(request: Request) -> Response:
        return HTMLResponse("<h1>Hello</h1>")

    failure = await failure_of(answering(page), client)

    assert type(failure) is NotMcp
    assert failure.reason == "Answers with text/html instead of MCP (HTTP 200 OK)."


async def test_a_failing_server_is_a_server_error(client: OutboundClient) -> None:
    async def broken(request: Request) -> Response:
        return Response(status_code=502)

    assert type(await failure_of(answering(broken), client)) is ServerError


async def test_a_redirect_names_the_address_to_register(client: OutboundClient) -> None:
    async def moved(request: Request) -> Response:
        return Response(status_code=308, headers={"Location": "https://new.example/mcp"})

    failure = await failure_of(answering(moved), client)

    assert type(failure) is NotMcp
    assert "https://new.example/mcp" in failure.reason


async def test_a_refusal_in_json_rpc_tells_more_than_what_follows(client: OutboundClient) -> None:
    async def refusing(request: Request) -> Response:
        if request.method == "GET":
            return Response(status_code=405)
        error = {"code": -32022, "message": "Only 2031-01-01"}
        return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, 400)

    failure = await failure_of(answering(refusing), client)

    assert type(failure) is Refused
    assert failure.reason == "Refused server/discover: Only 2031-01-01 (-32022)."


async def test_a_limit_of_the_rate_ends_the_probe_at_once(client: OutboundClient) -> None:
    hits: list[str] = []

    async def limiting(request: Request) -> Response:
        hits.append(request.method)
        return Response(status_code=429)

    failure = await failure_of(answering(limiting), client)

    assert (failure.http_status, hits) == (429, ["POST"])


async def test_a_port_where_nobody_listens_is_unreachable(client: OutboundClient) -> None:
    with serve(mcp_servers.dual_era_app()) as base:
        pass  # it is gone by the end of the block

    with pytest.raises(Unreachable, match="Connection refused"):
        await discover(Endpoint(url=f"{base}/mcp", transport="sse"), client=client)


@pytest.mark.parametrize("url", ["http://10.0.0.1/mcp", "http://[::1/mcp", "ftp://x/"])
async def test_an_address_the_guard_refuses_is_unreachable(
    client: OutboundClient, url: str
) -> None:
    with pytest.raises(Unreachable):
        await discover(Endpoint(url=url, transport="streamable-http"), client=client)


# --- Hostile answers ---------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", ["application/json", "text/event-stream"])
async def test_an_endless_answer_is_cut(client: OutboundClient, media_type: str) -> None:
    failure = await failure_of(streaming(mcp_servers.endless, media_type), client)

    assert type(failure) is NotMcp
    assert "larger than 1,048,576 bytes" in failure.reason


@pytest.mark.parametrize("parts", [mcp_servers.drip, mcp_servers.silence])
async def test_a_server_that_never_ends_is_cut_by_the_callers_deadline(
    client: OutboundClient, parts: Any
) -> None:
    with serve(streaming(parts, "application/json")) as base:
        endpoint = Endpoint(url=f"{base}/mcp", transport="streamable-http")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(discover(endpoint, client=client), timeout=0.2)


async def test_an_endless_listing_stops_and_keeps_what_was_read(client: OutboundClient) -> None:
    def pages(cursor: str | None) -> dict[str, Any]:
        number = int(cursor or 0)
        return {"tools": [{"name": f"t{number}"}], "nextCursor": str(number + 1)}

    discovery = await asked(listing(pages), client)

    assert len(discovery.tools.entries) == 50
    assert discovery.tools.truncated


async def test_a_listing_that_breaks_off_is_incomplete(client: OutboundClient) -> None:
    def pages(cursor: str | None) -> dict[str, Any]:
        if cursor:
            return {"tools": [{"name": "x", "description": "x" * 2_000_000}]}
        return {"tools": [{"name": "a"}], "nextCursor": "2"}

    discovery = await asked(listing(pages), client)

    assert "larger than" in discovery.tools.incomplete


async def test_a_compressed_answer_is_not_inflated(client: OutboundClient) -> None:
    async def bomb(request: Request) -> Response:
        body = gzip.compress(b"x" * 10_000_000)
        return Response(body, headers={"Content-Encoding": "gzip"}, media_type="application/json")

    failure = await failure_of(answering(bomb), client)

    assert "only identity was asked for" in failure.reason


@pytest.mark.parametrize("session_id", ["caf\xe9", "two words"])
async def test_a_session_id_that_no_header_can_carry_is_refused(
    client: OutboundClient, session_id: str
) -> None:
    async def odd(request: Request) -> Response:
        if request.method == "GET" or b"initialize" not in await request.body():
            return Response(status_code=404)
        message = {"jsonrpc": "2.0", "id": 0, "result": {"protocolVersion": "2025-11-25"}}
        return JSONResponse(message, headers={"Mcp-Session-Id": session_id})

    assert "session id" in (await failure_of(answering(odd), client)).reason


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("event: endpoint\ndata: http://127.0.0.2/x", "another host"),
        ("event: endpoint\ndata: http://10.0.0.1/x", "cannot be used"),
        ("event: endpoint\ndata: //[", "cannot be used"),
        ("event: message\ndata: {}", "names no endpoint"),
    ],
)
async def test_an_event_stream_without_a_usable_endpoint_is_not_mcp(
    client: OutboundClient, event: str, words: str
) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield f"{event}\n\n".encode()

    failure = await failure_of(streaming(parts, "text/event-stream"), client, transport="sse")

    assert words in failure.reason


async def test_an_event_stream_that_ends_early_is_not_mcp(client: OutboundClient) -> None:
    async def early(request: Request) -> Response:
        if request.method == "POST":
            return Response(status_code=202)
        return Response("event: endpoint\ndata: /mcp\n\n", media_type="text/event-stream")

    failure = await failure_of(answering(early), client, transport="sse")

    assert "ended before initialize was answered" in failure.reason


async def test_an_endpoint_that_takes_no_messages_is_told_by_its_status(
    client: OutboundClient,
) -> None:
    async def deaf(request: Request) -> Response:
        if request.method == "POST":
            return Response(status_code=401)
        return Response("event: endpoint\ndata: /mcp\n\n", media_type="text/event-stream")

    failure = await failure_of(answering(deaf), client, transport="sse")

    assert type(failure) is AuthorizationRequired


async def test_requests_and_news_of_the_server_before_its_answer_are_passed_over(
    client: OutboundClient,
) -> None:
    async def talkative(request: Request) -> Response:
        message = json.loads(await request.body())
        result = {"supportedVersions": ["2026-07-28"], "tools": [{"name": "a"}]}
        events = [
            {"jsonrpc": "2.0", "method": "notifications/message"},
            {"jsonrpc": "2.0", "id": message["id"], "method": "roots/list"},
            {"jsonrpc": "2.0", "id": message["id"], "result": result},
        ]
        text = ": hello\n\n" + "".join(f"data: {json.dumps(event)}\n\n" for event in events)
        return Response(text, media_type="text/event-stream; charset=utf-16")

    assert names(await asked(answering(talkative), client)) == ["a"]


async def test_json_a_hundred_thousand_levels_deep_is_stopped(client: OutboundClient) -> None:
    deep = b'{"jsonrpc": "2.0", "id": 2, "result": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"

    async def nested(request: Request) -> Response:
        if b"server/discover" not in await request.body():
            return Response(deep, media_type="application/json")
        result = {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}}
        return JSONResponse({"jsonrpc": "2.0", "id": 1, "result": result})

    discovery = await asked(answering(nested), client)

    assert (discovery.tools.known, "instead of MCP" in discovery.tools.incomplete) == (None, True)


async def test_no_address_in_a_listing_is_ever_fetched(client: OutboundClient) -> None:
    hits: list[str] = []

    async def canary(request: Request) -> Response:
        hits.append(str(request.url))
        return JSONResponse({"type": "object"})

    with serve(answering(canary)) as other:
        tool = {
            "name": "a",
            "inputSchema": {"$ref": f"{other}/mcp", "$schema": f"{other}/mcp"},
            "icons": [{"src": f"{other}/mcp"}],
        }
        discovery = await asked(listing(lambda cursor: {"tools": [tool]}), client)

    assert (discovery.tools.entries, hits) == ([tool], [])


async def test_credentials_go_to_their_origin_alone() -> None:
    seen: list[str | None] = []

    async def noting(request: Request) -> Response:
        seen.append(request.headers.get("X-Api-Key"))
        return Response(status_code=401)

    with serve(answering(noting)) as base:
        for origin in (base, "https://example.org"):
            sent = Credentials(origin=origin, headers={"X-Api-Key": "secret-value"})
            async with outbound_client(allow=["127.0.0.0/8"], credentials=sent) as client:
                await client.post(f"{base}/mcp")

    assert seen == ["secret-value", None]
