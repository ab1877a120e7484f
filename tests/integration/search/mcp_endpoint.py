"""Messages to the MCP endpoint, written by hand as a client of either era writes them."""

from typing import Any

from django.test import Client

STATELESS = "2026-07-28"
SESSIONS = "2025-06-18"
ERAS = [SESSIONS, STATELESS]
ACCEPT = "application/json, text/event-stream"
_META = "io.modelcontextprotocol"
# What names its object in a header, too, since 2026-07-28: by which of its parameters.
_NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


def message(method: str, *, era: str = SESSIONS, **params: Any) -> dict[str, Any]:
    """A request for ``method``."""
    if era == STATELESS:
        meta = {f"{_META}/protocolVersion": era, f"{_META}/clientCapabilities": {}}
        params = {"_meta": meta} | params
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def headers(method: str, *, era: str = SESSIONS, **params: Any) -> dict[str, str]:
    """What the request has to carry."""
    carried = {"Accept": ACCEPT, "MCP-Protocol-Version": era}
    if era == STATELESS:
        carried["Mcp-Method"] = method
        if method in _NAMED_BY:
            carried["Mcp-Name"] = params[_NAMED_BY[method]]
    return carried


def posted(
    client: Client, content: Any, *, also: dict[str, str] | None = None, path: str = "/mcp"
) -> Any:
    """The answer to ``content``, sent as JSON."""
    carried = {"Accept": ACCEPT} | (also or {})
    return client.post(path, content, content_type="application/json", headers=carried)


def asked(
    client: Client,
    method: str,
    *,
    era: str = SESSIONS,
    also: dict[str, str] | None = None,
    **params: Any,
) -> Any:
    """The answer to a request for ``method``."""
    carried = headers(method, era=era, **params) | (also or {})
    return posted(client, message(method, era=era, **params), also=carried)


def result(response: Any) -> dict[str, Any]:
    """What a request that worked was answered."""
    assert response.status_code == 200, response.content
    answered: dict[str, Any] = response.json()["result"]
    return answered


def called(
    client: Client, tool: str, /, *, era: str = SESSIONS, **arguments: Any
) -> dict[str, Any]:
    """The result of a call of ``tool``, be it an error of the tool."""
    return result(asked(client, "tools/call", era=era, name=tool, arguments=arguments))


def told(client: Client, tool: str, /, **arguments: Any) -> dict[str, Any]:
    """The structured answer of ``tool``."""
    answer = called(client, tool, **arguments)
    assert not answer["isError"], answer
    structured: dict[str, Any] = answer["structuredContent"]
    return structured


def refused(client: Client, tool: str, /, **arguments: Any) -> str:
    """The sentence with which ``tool`` refuses a call."""
    answer = called(client, tool, **arguments)
    assert answer["isError"], answer
    sentence: str = answer["content"][0]["text"]
    return sentence
