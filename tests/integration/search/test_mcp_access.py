"""Who may use the MCP endpoint, and who sees what there: as at every other door."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.access import Action, Role
from accounts.models import AuditEvent, User
from accounts.services import create_jwt, create_token, deactivate, grant
from search.mcp.toolbox import TOOLS
from servers.access import Visibility
from servers.models import Server
from tests.fixtures.factories import (
    ServerFactory,
    TeamFactory,
    ToolFactory,
    UserFactory,
    member_of,
)
from tests.fixtures.rate_limits import forget_counters
from tests.integration.auth import oauth_program
from tests.integration.search.mcp_endpoint import ERAS, asked, called, refused, result, told

pytestmark = pytest.mark.django_db

HIDDEN, ABSENT = "org.example/hidden", "org.example/absent"
METADATA = "/.well-known/oauth-protected-resource/mcp"


@pytest.fixture
def ada(settings: Settings) -> User:
    settings.ROLLCALL_URL = oauth_program.URL
    return UserFactory.create(username="ada")


@pytest.fixture
def hidden(ada: User) -> Server:
    """A server of a team that ada is not in, with a tool."""
    server = ServerFactory.create(
        name=HIDDEN, team=TeamFactory.create(slug="secret"), visibility=Visibility.TEAM
    )
    ToolFactory.create(server=server, name="whisper")
    return server


def bearer(clear: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {clear}"})


def with_token(user: User, **limits: Any) -> Client:
    return bearer(create_token(user=user, name="agent", now=timezone.now(), **limits)[1])


def knows(client: Client) -> int:
    status: int = asked(client, "ping").status_code
    return status


# --- Tokens ------------------------------------------------------------------------------------


def test_a_visitor_is_answered_where_visitors_may_read(client: Client, settings: Settings) -> None:
    assert knows(client) == 200
    settings.ANONYMOUS_READ = False
    assert knows(client) == 401


@pytest.mark.parametrize("tool", TOOLS)
def test_no_tool_answers_a_visitor_where_visitors_may_not_read(
    client: Client, settings: Settings, tool: str
) -> None:
    settings.ANONYMOUS_READ = False

    for era in ERAS:
        assert asked(client, "tools/call", era=era, name=tool, arguments={}).status_code == 401


def test_the_401_names_the_document_that_says_who_issues_tokens(
    client: Client, settings: Settings
) -> None:
    settings.ANONYMOUS_READ = False
    settings.ROLLCALL_URL = oauth_program.URL
    challenge = asked(client, "ping")["WWW-Authenticate"]

    assert challenge == f'Bearer resource_metadata="{oauth_program.URL}{METADATA}"'
    assert client.get(METADATA).json()["resource"] == f"{oauth_program.URL}/mcp"


def test_an_api_token_and_a_signed_token_hold(ada: User, settings: Settings) -> None:
    settings.ANONYMOUS_READ = False
    signed = create_jwt(user=ada, now=timezone.now()).token

    assert knows(with_token(ada)) == 200
    assert knows(bearer(signed)) == 200


@pytest.mark.parametrize("clear", ["", "nonsense", "rollcall_nonsense", "a.b.c", "ä", "x y"])
def test_a_token_that_does_not_hold_is_refused_even_where_visitors_may_read(clear: str) -> None:
    response = asked(bearer(clear), "ping")

    assert response.status_code == 401
    assert METADATA in response["WWW-Authenticate"]
    assert response.json()["error"]["message"]


def test_tokens_end_with_their_time_and_with_their_account(ada: User) -> None:
    client = with_token(ada, lifetime=timedelta(hours=1))
    assert knows(client) == 200
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert knows(client) == 401
    deactivate(user=ada, now=timezone.now())
    assert knows(client) == 401


def oauth_token(ada: User, resource: str | None) -> Client:
    browser = Client()
    browser.force_login(ada)
    program = str(oauth_program.register().json()["client_id"])
    tokens = oauth_program.token(browser, program, resource=resource)
    return bearer(tokens["access_token"])


@pytest.mark.parametrize("part", ["/mcp", "", "/"])
def test_an_oauth_token_for_this_endpoint_or_the_whole_registry_holds(ada: User, part: str) -> None:
    assert knows(oauth_token(ada, f"{oauth_program.URL}{part}")) == 200


def test_an_oauth_token_for_another_audience_does_not(ada: User) -> None:
    assert knows(oauth_token(ada, f"{oauth_program.URL}/api")) == 401


def test_another_scheme_of_authorization_is_a_visitor(client: Client, settings: Settings) -> None:
    settings.ANONYMOUS_READ = False
    assert asked(client, "ping", also={"Authorization": "Basic YTpi"}).status_code == 401


# --- Who sees what -----------------------------------------------------------------------------

# Every call that names a server, as the tools take it.
NAMING: dict[str, Callable[[str], dict[str, Any]]] = {
    "find_tools": lambda name: {"query": "anything", "server": name},
    "get_server": lambda name: {"name": name},
    "get_tool": lambda name: {"server": name, "tool": "whisper"},
    "check_health": lambda name: {"server": name},
}


@pytest.mark.parametrize("tool", NAMING)
def test_a_hidden_server_answers_exactly_like_an_absent_one(
    hidden: Server, ada: User, tool: str
) -> None:
    for client in (Client(), with_token(ada)):
        sentences = [refused(client, tool, **NAMING[tool](name)) for name in (HIDDEN, ABSENT)]

        assert sentences == [f"There is no server {name}." for name in (HIDDEN, ABSENT)]


def test_a_hidden_document_answers_exactly_like_an_absent_one(hidden: Server) -> None:
    answers = [
        asked(Client(), "resources/read", uri=f"rollcall://servers/{name}").json()["error"]
        for name in (HIDDEN, ABSENT)
    ]

    assert [answer["message"] for answer in answers] == [
        f"There is no server {name}." for name in (HIDDEN, ABSENT)
    ]


@pytest.mark.parametrize("name", ["a%00b", "%ED%A0%80", "", "x" * 300, "../../etc/passwd", "%"])
def test_no_name_of_a_document_is_more_than_a_name(name: str) -> None:
    uri = f"rollcall://servers/{name}"
    for era in ERAS:
        told = asked(Client(), "resources/read", era=era, uri=uri).json()["error"]

        assert told["code"] == -32602
        assert told["message"].startswith("There is no server")


def test_its_team_sees_it(hidden: Server) -> None:
    client = with_token(member_of(hidden.team, Role.VIEWER))

    assert told(client, "get_server", name=HIDDEN)["name"] == HIDDEN
    assert told(client, "get_tool", server=HIDDEN, tool="whisper")["name"] == "whisper"
    read = result(asked(client, "resources/read", uri=f"rollcall://servers/{HIDDEN}"))
    assert HIDDEN in read["contents"][0]["text"]


def test_a_token_limited_to_other_servers_does_not(hidden: Server) -> None:
    limited = with_token(member_of(hidden.team, Role.VIEWER), scopes=["view:org.example/other"])

    assert called(limited, "get_server", name=HIDDEN)["isError"]


def test_who_may_see_some_tools_of_a_server_sees_those(hidden: Server, ada: User) -> None:
    ToolFactory.create(server=hidden, name="shout", description="Loud.")
    grant(to=ada, action=Action.VIEW, pattern=HIDDEN, tools="whisper", now=timezone.now())
    client = with_token(ada)

    offered = told(client, "get_server", name=HIDDEN)["tools"]
    assert [tool["name"] for tool in offered] == ["whisper"]
    assert refused(client, "get_tool", server=HIDDEN, tool="shout") == (
        f"There is no tool shout of {HIDDEN}."
    )


def test_hidden_servers_are_not_counted(hidden: Server) -> None:
    Server.objects.update(category="Espionage")
    ServerFactory.create(category="Weather")

    assert told(Client(), "list_categories")["categories"] == [{"name": "Weather", "servers": 1}]


# --- Trail and limits --------------------------------------------------------------------------


@pytest.fixture
def fresh_counts() -> Iterator[None]:
    forget_counters()
    yield
    forget_counters()


def denials() -> list[tuple[str, str, str]]:
    events = AuditEvent.objects.filter(outcome="denied")
    return list(events.values_list("actor", "action", "subject"))


def test_what_an_account_asks_for_in_vain_stands_in_the_audit_trail(
    hidden: Server, ada: User
) -> None:
    refused(with_token(ada), "get_server", name=HIDDEN)
    refused(Client(), "get_server", name=HIDDEN)

    assert denials() == [("ada", "POST mcp", HIDDEN)]
    assert AuditEvent.objects.get(outcome="denied").via.startswith("token agent")


def test_wrong_tokens_and_foreign_pages_stand_there_too(db: None) -> None:
    asked(bearer("nonsense"), "ping")
    asked(Client(), "ping", also={"Origin": "https://evil.example"})

    assert denials() == [("", "POST mcp", "/mcp")] * 2


def test_who_asks_too_often_is_told_to_wait(settings: Settings, fresh_counts: None) -> None:
    settings.RATE_LIMIT_ANONYMOUS = "2/minute"
    answers = [asked(Client(), "ping") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0]["RateLimit"] == '"anonymous";r=1;t=60'
    assert 1 <= int(answers[2]["Retry-After"]) <= 60


def test_who_tries_tokens_is_not_listened_to(settings: Settings, fresh_counts: None) -> None:
    settings.RATE_LIMIT_FAILURES = "2/minute"

    assert [knows(bearer("nonsense")) for _ in range(3)] == [401, 401, 429]
