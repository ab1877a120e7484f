"""The official SDK's client against the registry as it is served, in the way of either era."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from django.utils import timezone
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from pytest_django.fixtures import Settings

from accounts.access import Role
from accounts.models import Team, User
from accounts.services import create_token
from registry_site.asgi import application
from servers.access import Visibility
from tests.fixtures.factories import ServerFactory, ToolFactory, member_of
from tests.fixtures.indexing import index_catalogue
from tests.fixtures.mcp_servers import serve
from tests.integration.auth.test_oauth_mcp_client import Memory, Person, official_client

WEATHER, HIDDEN = "org.example/weather", "org.example/hidden"
MODES = ["legacy", "auto", "2026-07-28"]
CALLS: dict[str, dict[str, Any]] = {
    "find_tools": {"query": "rain or sun tomorrow"},
    "find_servers": {"query": "sky"},
    "get_server": {"name": WEATHER},
    "get_tool": {"server": WEATHER, "tool": "get_forecast"},
    "list_categories": {},
    "check_health": {"server": WEATHER},
}


@pytest.fixture
def address(transactional_db: None, settings: Settings) -> Iterator[str]:
    """The registry, served on this machine, with a public server, a hidden one and ada."""
    member_of(Team.objects.default(), Role.VIEWER, username="ada")
    weather = ServerFactory.create(name=WEATHER, title="Weather", description="Sky.")
    ToolFactory.create(server=weather, name="get_forecast", description="Rain or sun tomorrow")
    hidden = ServerFactory.create(name=HIDDEN, visibility=Visibility.TEAM, description="Sky.")
    ToolFactory.create(server=hidden, name="get_secret", description="Rain or sun tomorrow")
    index_catalogue(now=timezone.now())
    with serve(application) as served:  # type: ignore[arg-type]  # stricter about dict than ASGI
        settings.ROLLCALL_URL = served
        yield served


@pytest.fixture
def token(address: str) -> str:
    """A token of ada, who sees the hidden server as well."""
    return create_token(user=User.objects.get(), name="agent", now=timezone.now())[1]


@asynccontextmanager
async def connected(
    address: str, mode: str, *, token: str = "", auth: httpx2.Auth | None = None
) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(headers=headers, auth=auth, trust_env=False, timeout=30) as http:
        transport = streamable_http_client(f"{address}/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            yield client


@pytest.mark.parametrize("mode", MODES)
async def test_every_tool_can_be_listed_and_called(address: str, mode: str) -> None:
    async with connected(address, mode) as client:
        listed = await client.list_tools()
        answers = {name: await client.call_tool(name, given) for name, given in CALLS.items()}

    assert [tool.name for tool in listed.tools] == list(CALLS)
    assert {name: answer.is_error for name, answer in answers.items()} == dict.fromkeys(
        CALLS, False
    )
    found = answers["find_tools"].structured_content["tools"]
    assert [(row["name"], row["server"]) for row in found] == [("get_forecast", WEATHER)]


@pytest.mark.parametrize("mode", MODES)
async def test_prompts_and_documents_can_be_read(address: str, mode: str) -> None:
    async with connected(address, mode) as client:
        prompt = await client.get_prompt("choose_tool", {"task": "Pack for a trip"})
        read = await client.read_resource(f"rollcall://servers/{WEATHER}")
        with pytest.raises(MCPError, match=f"There is no server {HIDDEN}"):
            await client.read_resource(f"rollcall://servers/{HIDDEN}")

    assert "Pack for a trip" in prompt.messages[0].content.text  # type: ignore[union-attr]
    assert WEATHER in read.contents[0].text  # type: ignore[union-attr]


@pytest.mark.parametrize("mode", MODES)
async def test_who_has_a_token_finds_what_it_may_see(address: str, token: str, mode: str) -> None:
    async with connected(address, mode, token=token) as client:
        answer = await client.call_tool("find_tools", {"query": "rain or sun tomorrow"})

    assert {row["server"] for row in answer.structured_content["tools"]} == {WEATHER, HIDDEN}


@pytest.mark.parametrize("mode", MODES)
async def test_a_wrong_token_is_no_way_in(address: str, mode: str) -> None:
    with pytest.raises((MCPError, ExceptionGroup)) as failure:
        async with connected(address, mode, token="rollcall_wrong") as client:
            await client.list_tools()

    assert "The token is not valid" in "".join(traceback.format_exception(failure.value))


async def test_fifty_calls_at_once_are_all_answered(address: str) -> None:
    async with connected(address, "auto") as client:
        answers = await asyncio.gather(
            *(client.call_tool("find_tools", {"query": f"rain {n}"}) for n in range(50))
        )

    assert [answer.is_error for answer in answers] == [False] * 50


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_the_client_finds_its_way_in_by_oauth(
    address: str, settings: Settings, mode: str
) -> None:
    settings.ANONYMOUS_READ = False
    memory = Memory()
    person = Person(address)
    with person.browser:
        auth = official_client(address, person, memory, part="/mcp")
        async with connected(address, mode, auth=auth) as client:
            answer = await client.call_tool("get_server", {"name": HIDDEN})

    assert answer.structured_content["name"] == HIDDEN
    assert memory.tokens
    assert "See and search" in person.consent
