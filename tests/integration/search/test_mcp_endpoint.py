"""The MCP endpoint as HTTP and JSON-RPC: both eras, no state, a clear error for every nonsense."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from search.mcp import looking_up
from tests.fixtures.factories import UserFactory
from tests.integration.search.mcp_endpoint import (
    ERAS,
    SESSIONS,
    STATELESS,
    asked,
    called,
    headers,
    message,
    posted,
    result,
)

pytestmark = pytest.mark.django_db

TOOLS = [
    "find_tools",
    "find_servers",
    "get_server",
    "get_tool",
    "list_categories",
    "check_health",
]


def error(response: Any) -> dict[str, Any]:
    body = response.json()
    assert body["jsonrpc"] == "2.0"
    assert "Traceback" not in response.content.decode()
    told: dict[str, Any] = body["error"]
    return told


# --- What it says of itself --------------------------------------------------------------------


@pytest.mark.parametrize("revision", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
def test_a_client_of_the_session_era_is_greeted_without_a_session(
    client: Client, revision: str
) -> None:
    who = {"name": "test", "version": "1"}
    response = asked(
        client, "initialize", protocolVersion=revision, capabilities={}, clientInfo=who
    )

    greeting = result(response)
    assert greeting["protocolVersion"] == revision
    assert greeting["serverInfo"]["name"] == "rollcall"
    assert "find_tools" in greeting["instructions"]
    assert "Mcp-Session-Id" not in response.headers


def test_a_client_of_the_stateless_era_discovers_it(client: Client) -> None:
    found = result(asked(client, "server/discover", era=STATELESS))

    assert found["supportedVersions"] == [STATELESS]
    assert found["capabilities"].keys() == {"tools", "resources", "prompts"}
    assert "find_tools" in found["instructions"]
    assert (found["ttlMs"], found["cacheScope"]) == (3_600_000, "public")


@pytest.mark.parametrize("era", ERAS)
def test_the_tools_are_always_listed_in_the_same_order(client: Client, era: str) -> None:
    listed = result(asked(client, "tools/list", era=era))

    assert [tool["name"] for tool in listed["tools"]] == TOOLS
    assert listed == result(asked(client, "tools/list", era=era))
    assert listed.get("ttlMs") == (3_600_000 if era == STATELESS else None)


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_says_what_it_takes_what_it_gives_and_that_it_only_reads(
    client: Client, tool: str
) -> None:
    listed = result(asked(client, "tools/list"))["tools"]
    told = next(each for each in listed if each["name"] == tool)

    assert told["title"]
    assert len(told["description"]) > 80
    assert told["inputSchema"]["additionalProperties"] is False
    assert told["outputSchema"]["type"] == "object"
    hints = {key: value for key, value in told["annotations"].items() if key != "title"}
    assert hints == {
        "readOnlyHint": True,
        "destructiveHint": False,
        "idempotentHint": True,
        "openWorldHint": False,
    }


def test_what_an_agent_reads_of_all_tools_before_it_asks_anything_stays_small(
    client: Client,
) -> None:
    listed = result(asked(client, "tools/list"))["tools"]
    read = [{key: tool[key] for key in ("name", "description", "inputSchema")} for tool in listed]

    assert len(json.dumps(read, separators=(",", ":"))) < 8_000


@pytest.mark.parametrize("era", ERAS)
def test_the_prompt_leads_an_agent_through_the_choice(client: Client, era: str) -> None:
    listed = result(asked(client, "prompts/list", era=era))["prompts"]
    task = {"task": "Book a {flight}."}
    got = result(asked(client, "prompts/get", era=era, name="choose_tool", arguments=task))

    assert [prompt["name"] for prompt in listed] == ["choose_tool"]
    assert "task: Book a {flight}." in got["messages"][0]["content"]["text"]


# --- Nothing is kept ---------------------------------------------------------------------------


def test_a_request_needs_no_greeting_before_it(client: Client) -> None:
    assert called(client, "list_categories")["isError"] is False


def test_a_session_of_somebody_else_means_nothing(client: Client) -> None:
    response = asked(client, "ping", also={"Mcp-Session-Id": "of-another-server"})

    assert result(response) == {}


def test_notifications_are_taken_without_a_word(client: Client) -> None:
    for era in ERAS:
        told = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        response = posted(client, told, also={"MCP-Protocol-Version": era})

        assert (response.status_code, response.content) in [(202, b""), (202, b"null")]


def test_nothing_is_kept_by_caches_either(client: Client) -> None:
    assert asked(client, "ping")["Cache-Control"] == "no-store"


def test_it_answers_with_a_slash_at_the_end_too(client: Client) -> None:
    response = posted(client, message("ping"), path="/mcp/")

    assert result(response) == {}


@pytest.mark.parametrize("method", ["get", "delete", "put", "options", "head"])
def test_there_is_no_stream_to_open_and_no_session_to_end(client: Client, method: str) -> None:
    response = getattr(client, method)("/mcp", headers={"Accept": "text/event-stream"})

    assert (response.status_code, response["Allow"]) == (405, "POST")


def test_subscriptions_are_not_offered(client: Client) -> None:
    response = asked(client, "subscriptions/listen", era=STATELESS, notifications={})

    assert response.status_code in (400, 404)
    assert error(response)["code"] == -32601


# --- Nonsense ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        ("{nope", 400, -32700),
        ('{"jsonrpc": NaN}', 400, -32700),
        ('{"jsonrpc": "\\u0000"}', 400, -32700),
        ('{"a":' * 65 + "1" + "}" * 65, 400, -32700),
        ("[" * 100_000, 400, -32700),
        ('{"a": "' + "x" * 1024 * 1024 + '"}', 413, -32600),
        ('[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]', 400, -32600),
        ('"ping"', 400, -32600),
        ("null", 400, -32600),
    ],
    ids=["no JSON", "NaN", "null character", "deep", "deeper", "large", "batch", "text", "null"],
)
def test_what_is_no_message_is_refused_by_a_json_rpc_error(
    client: Client, content: str, status: int, code: int
) -> None:
    for era in ERAS:
        response = posted(client, content, also={"MCP-Protocol-Version": era})

        assert response.status_code == status
        assert error(response)["code"] == code
        assert response.json()["id"] is None


@pytest.mark.parametrize("content", [{}, {"jsonrpc": "2.0"}, {"jsonrpc": "1.0", "id": 1}])
@pytest.mark.parametrize("era", ERAS)
def test_an_object_that_is_no_message_is_refused(client: Client, content: Any, era: str) -> None:
    response = posted(client, content, also={"MCP-Protocol-Version": era})

    assert response.status_code == 400
    assert error(response)["code"] in (-32600, -32602)


@pytest.mark.parametrize("era", ERAS)
def test_unknown_methods_tools_prompts_and_resources(client: Client, era: str) -> None:
    def code(method: str, **params: Any) -> int:
        told: int = error(asked(client, method, era=era, **params))["code"]
        return told

    assert code("tools/invent") == -32601
    assert code("tools/call", name="drop_tables") == -32602
    assert code("prompts/get", name="jailbreak") == -32602
    assert code("prompts/get", name="choose_tool") == -32602
    assert code("resources/read", uri="file:///etc/passwd") == -32602


def test_headers_that_contradict_the_message_are_refused(client: Client) -> None:
    carried = headers("tools/call", era=STATELESS, name="find_tools")
    content = message("tools/call", era=STATELESS, name="get_server", arguments={})

    response = posted(client, content, also=carried)

    assert (response.status_code, error(response)["code"]) == (400, -32020)


def test_a_revision_that_does_not_exist_is_answered_with_those_that_do(client: Client) -> None:
    carried = headers("tools/list", era=STATELESS) | {"MCP-Protocol-Version": "2031-01-01"}
    content = message("tools/list", era=STATELESS)
    content["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2031-01-01"

    response = posted(client, content, also=carried)

    assert (response.status_code, error(response)["code"]) == (400, -32022)
    assert STATELESS in error(response)["data"]["supported"]


def test_a_form_and_an_answer_that_is_no_json_are_refused(client: Client) -> None:
    form = client.post("/mcp", {"query": "x"})
    page = asked(client, "ping", also={"Accept": "text/html"})

    assert (form.status_code, page.status_code) == (400, 406)


def test_a_fault_of_ours_is_a_sentence_and_a_line_in_the_log(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(looking_up, "health_in_words", fail)
    monkeypatch.setattr("search.mcp.caller.Caller.server", fail)
    answer = called(client, "check_health", server="org.example/weather")

    assert answer["isError"]
    assert "our side" in answer["content"][0]["text"]
    assert "secret" not in json.dumps(answer)
    assert "secret of the house" in caplog.text


# --- Who may knock -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://testserver.evil.example", "http://["]
)
def test_pages_of_other_origins_are_refused(client: Client, origin: str) -> None:
    response = asked(client, "ping", also={"Origin": origin})

    assert response.status_code == 403
    assert "origin" in error(response)["message"]


@pytest.mark.parametrize("origin", ["http://testserver", "http://127.0.0.1:6274"])
def test_our_own_pages_and_programs_without_an_origin_are_not(client: Client, origin: str) -> None:
    assert asked(client, "ping", also={"Origin": origin}).status_code == 200
    assert asked(client, "ping").status_code == 200


def test_pages_that_the_operator_trusts_are_not_either(client: Client, settings: Settings) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.example.org"]

    assert asked(client, "ping", also={"Origin": "https://a.example.org"}).status_code == 200
    assert asked(client, "ping", also={"Origin": "http://a.example.org"}).status_code == 403


def test_a_host_name_that_is_not_ours_is_refused(client: Client) -> None:
    assert asked(client, "ping", also={"Host": "evil.example"}).status_code == 403


def test_no_page_is_told_that_it_may_read_the_answer(client: Client) -> None:
    response = asked(client, "ping", also={"Origin": "http://testserver"})

    assert not [name for name in response.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("name", ["access_token", "token", "api_key", "anything"])
def test_a_token_in_the_address_is_refused(client: Client, name: str) -> None:
    response = posted(client, message("ping"), path=f"/mcp?{name}=rollcall_abc")

    assert response.status_code == 400
    assert "Authorization" in error(response)["message"]


def test_the_session_of_a_browser_means_nothing_here(client: Client, settings: Settings) -> None:
    settings.ANONYMOUS_READ = False
    client.force_login(UserFactory.create(is_superuser=True))

    assert asked(client, "ping", era=SESSIONS).status_code == 401
