"""What counts as an answer to a JSON-RPC request, and what an HTTP answer without one means."""

import json
from typing import Any

import httpx2
import pytest

from servers.mcp import AuthorizationRequired, NotMcp, ProbeFailure, RateLimited, ServerError
from servers.mcp.failures import Refused, failure_of_status
from servers.mcp.messages import find_reply, result_of, session_version, stateless_facts

RESULT = {"jsonrpc": "2.0", "id": 7, "result": {"tools": []}}
ERROR = {"jsonrpc": "2.0", "id": 7, "error": {"code": -32601, "message": "No such method"}}


@pytest.mark.parametrize("reply", [RESULT, ERROR, ERROR | {"id": None}])
def test_a_reply_is_a_result_or_an_error_of_the_request(reply: dict[str, Any]) -> None:
    assert find_reply(json.dumps(reply), 7) == reply


def test_a_reply_is_found_in_a_batch() -> None:
    batch = [{"jsonrpc": "2.0", "method": "notifications/message"}, RESULT]

    assert find_reply(json.dumps(batch), 7) == RESULT


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "<html></html>",
        "7",
        '"text"',
        "[1, null, []]",
        json.dumps(RESULT | {"id": 8}),
        json.dumps(RESULT | {"id": None}),
        json.dumps(RESULT | {"result": []}),
        json.dumps(RESULT | {"jsonrpc": "1.0"}),
        json.dumps({"error": {"message": "Not Found"}}),
        json.dumps({"jsonrpc": "2.0", "id": 7, "method": "roots/list"}),
        '{"jsonrpc": "2.0", "id": 7, "result": {"a": "\\ud800"}}',
        '{"jsonrpc": "2.0", "id": 7, "result": ' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
)
def test_anything_else_is_no_reply(payload: str) -> None:
    assert find_reply(payload, 7) is None


def test_a_refusal_is_told_in_the_servers_words_on_one_line() -> None:
    reply = ERROR | {"error": {"code": -32000, "message": "No\x1b[31m\nway\u202e"}}

    with pytest.raises(Refused) as caught:
        result_of(reply, "tools/list", http_status=400)

    assert caught.value.reason == "Refused tools/list: No [31m way  (-32000)."
    assert caught.value.http_status == 400


@pytest.mark.parametrize(
    "result",
    [{}, {"supportedVersions": None}, {"supportedVersions": ["2025-11-25"]}],
)
def test_a_discovery_without_the_stateless_revision_is_not_of_that_era(
    result: dict[str, Any],
) -> None:
    with pytest.raises(NotMcp):
        stateless_facts(result)


def test_facts_of_the_wrong_shape_are_left_out() -> None:
    result = {"supportedVersions": ["2026-07-28"], "capabilities": [], "_meta": "x"}

    assert stateless_facts(result) == ({}, {})


@pytest.mark.parametrize("version", [None, 1, "2099-01-01", "x\r\ny"])
def test_a_session_needs_a_revision_that_is_known(version: Any) -> None:
    with pytest.raises(NotMcp):
        session_version({"protocolVersion": version})


@pytest.mark.parametrize(
    ("status", "headers", "kind", "words"),
    [
        (401, {"WWW-Authenticate": "Bearer x"}, AuthorizationRequired, "authorization by Bearer"),
        (403, {}, AuthorizationRequired, "without saying how (HTTP 403 Forbidden)"),
        (429, {}, RateLimited, "HTTP 429 Too Many Requests"),
        (500, {}, ServerError, "HTTP 500 Internal Server Error"),
        (503, {}, ServerError, "HTTP 503"),
        (301, {"Location": "https://example.org/"}, NotMcp, "https://example.org/, which is not"),
        (404, {"Content-Type": "text/html; charset=x"}, NotMcp, "text/html instead of MCP"),
        (200, {}, NotMcp, "with nothing instead of MCP (HTTP 200 OK)"),
        (299, {}, NotMcp, "(HTTP 299)"),
    ],
)
def test_an_http_answer_is_told_apart_by_its_status(
    status: int, headers: dict[str, str], kind: type[ProbeFailure], words: str
) -> None:
    failure = failure_of_status(httpx2.Response(status, headers=headers))

    assert type(failure) is kind
    assert words in failure.reason
    assert failure.http_status == status
