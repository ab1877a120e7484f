"""What the check for proxies answers: it obeys the same rule as every other surface, at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.access import Action, Role
from accounts.models import ApiToken, AuditEvent, Grant, User
from accounts.services import (
    create_jwt,
    create_token,
    deactivate,
    grant,
    remove_member,
    revoke,
    revoke_token,
)
from servers.access import Visibility
from servers.models import Server
from tests.fixtures.factories import ServerFactory, TeamFactory, UserFactory, member_of
from tests.fixtures.rate_limits import forget_counters

pytestmark = pytest.mark.django_db

NAME = "com.example/Weather"


@pytest.fixture
def server() -> Server:
    return ServerFactory.create(name=NAME, visibility=Visibility.PRIVATE)


@pytest.fixture
def ada() -> User:
    return UserFactory.create(username="ada")


def token_of(user: User, **fields: Any) -> str:
    return create_token(user=user, name="t", now=timezone.now(), **fields)[1]


def allow(user: User, *, pattern: str = NAME, tools: str = "", **fields: Any) -> Grant:
    return grant(
        to=user, action=Action.CALL, pattern=pattern, tools=tools, now=timezone.now(), **fields
    )


def check(token: str = "", *, verb: str = "GET", headers: Any = None, **query: str) -> Any:
    given = {"server": NAME} | query
    sent = dict(headers or {}) | ({"Authorization": f"Bearer {token}"} if token else {})
    return Client().generic(verb, "/api/auth/check", query_params=given, headers=sent)


def status(token: str, **query: Any) -> int:
    answer: HttpResponse = check(token, **query)
    return answer.status_code


# --- The three answers -------------------------------------------------------------------------


def test_who_may_call_passes_with_an_identity(server: Server, ada: User) -> None:
    member_of(TeamFactory.create(slug="crew"), Role.VIEWER, username="other")
    allow(ada)
    answer = check(token_of(ada), server=NAME.lower())
    assert answer.status_code == 200
    assert answer.headers["X-Rollcall-User"] == "ada"
    assert answer.headers["X-Rollcall-Teams"] == "default"
    assert answer.headers["X-Rollcall-Token"] == str(ApiToken.objects.get().public_id)
    assert answer.headers["X-Rollcall-Server"] == NAME


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic YWRhOmFkYQ=="}])
def test_without_a_token_it_asks_for_one(server: Server, headers: dict[str, str]) -> None:
    answer = check(headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("token", ["rollcall_guess", "a.b.c", "", "\N{SNOWMAN}".encode().hex()])
def test_credentials_that_do_not_hold_are_refused(server: Server, token: str) -> None:
    assert check(headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_hidden_absent_and_unnamed_servers_are_answered_alike(server: Server, ada: User) -> None:
    token = token_of(ada)
    hidden, absent, unnamed = [check(token, server=name) for name in (NAME, "a/absent", "")]
    for answer in (hidden, absent, unnamed):
        assert answer.status_code == 403
        assert dict(answer.headers) == dict(hidden.headers)


def test_no_answer_has_a_body_or_is_kept(server: Server, ada: User) -> None:
    token = token_of(ada)
    refused = [check(), check("rollcall_guess"), check(token)]
    allow(ada)
    for answer in (*refused, check(token)):
        assert answer.content == b""
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("verb", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_the_proxy_asks_with_the_method_it_was_asked_with(
    server: Server, ada: User, verb: str
) -> None:
    allow(ada)
    assert check(token_of(ada), verb=verb).status_code == 200


def test_a_browsers_session_opens_nothing(server: Server, ada: User) -> None:
    allow(ada)
    client = Client()
    client.force_login(ada)
    assert client.get("/api/auth/check", {"server": NAME}).status_code == 401


def test_names_that_no_header_can_carry_are_percent_encoded(server: Server) -> None:
    user = UserFactory.create(username="zoë@example.org")
    allow(user)
    assert check(token_of(user)).headers["X-Rollcall-User"] == "zo%C3%AB@example.org"


# --- Tools -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ({"method": "tools/call", "tool": "get_forecast"}, 200),
        ({"method": "tools/call", "tool": "delete_all"}, 403),
        ({"method": "tools/call"}, 403),
        ({"method": "tools/list"}, 200),
        ({"method": "initialize"}, 200),
        ({"method": "resources/read"}, 403),
        ({"method": "prompts/get", "tool": "get_forecast"}, 403),
        ({"tool": "get_forecast"}, 403),
        ({}, 403),
    ],
)
def test_a_grant_for_some_tools_covers_these_and_the_handshake(
    server: Server, ada: User, query: dict[str, str], answer: int
) -> None:
    allow(ada, tools="get_*")
    assert status(token_of(ada), **query) == answer


@pytest.mark.parametrize("query", [{}, {"method": "tools/call"}, {"method": "resources/read"}])
def test_a_grant_for_the_whole_server_covers_everything(
    server: Server, ada: User, query: dict[str, str]
) -> None:
    allow(ada)
    assert status(token_of(ada), **query) == 200


def test_the_clients_headers_are_believed_only_where_the_server_compares_them(
    server: Server, ada: User
) -> None:
    allow(ada, tools="get_*")
    token, said = token_of(ada), {"Mcp-Method": "tools/call", "Mcp-Name": "get_forecast"}
    assert status(token, headers=said) == 403
    sent = said | {"Authorization": f"Bearer {token}"}
    query = {"server": NAME, "headers": "compared"}
    assert Client().get("/api/auth/check", query, headers=sent).status_code == 200
    sent["Mcp-Name"] = "delete_all"
    assert Client().get("/api/auth/check", query, headers=sent).status_code == 403


# --- What ends, ends at once -------------------------------------------------------------------


def test_a_revoked_token_does_not_pass_again(server: Server, ada: User) -> None:
    allow(ada)
    token = token_of(ada)
    assert status(token) == 200
    revoke_token(token=ApiToken.objects.get(), now=timezone.now())
    assert status(token) == 401


def test_a_revoked_grant_does_not_pass_again(server: Server, ada: User) -> None:
    held, token = allow(ada), token_of(ada)
    assert status(token) == 200
    revoke(grant=held, now=timezone.now())
    assert status(token) == 403


def test_an_expired_grant_does_not_pass(server: Server, ada: User) -> None:
    held, token = allow(ada), token_of(ada)
    Grant.objects.filter(pk=held.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert status(token) == 403


def test_who_left_the_team_does_not_pass_again() -> None:
    crew = TeamFactory.create()
    ServerFactory.create(name=NAME, team=crew, visibility=Visibility.TEAM)
    user = member_of(crew, Role.VIEWER)
    token = token_of(user)
    assert status(token) == 200
    remove_member(membership=user.memberships.get(team=crew), now=timezone.now())
    assert status(token) == 403


def test_a_disabled_server_is_called_by_nobody(server: Server, ada: User) -> None:
    allow(ada)
    Server.objects.update(enabled=False)
    assert status(token_of(ada)) == 403


def test_a_deactivated_account_does_not_pass_again(server: Server, ada: User) -> None:
    allow(ada)
    token = token_of(ada)
    deactivate(user=ada, now=timezone.now())
    assert status(token) == 401


# --- Credentials of every kind -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("scopes", "answer"),
    [(None, 200), (["call"], 200), (["call:com.example/*"], 200), (["view"], 403),
     (["call:com.example2/*"], 403), ([], 403)],
)  # fmt: skip
def test_scopes_leave_a_part(
    server: Server, ada: User, scopes: list[str] | None, answer: int
) -> None:
    allow(ada)
    assert status(token_of(ada, scopes=scopes)) == answer
    signed = create_jwt(user=ada, scopes=scopes, now=timezone.now())
    assert status(signed.token) == answer


# --- The trail and the limits ------------------------------------------------------------------


def test_a_refusal_is_written_and_a_pass_is_not(server: Server, ada: User) -> None:
    token = token_of(ada)
    check(token)
    denied = AuditEvent.objects.get(outcome="denied")
    assert (denied.action, denied.actor) == ("GET auth-check", "ada")
    assert denied.subject == NAME
    allow(ada)
    check(token)
    assert AuditEvent.objects.filter(outcome="denied").count() == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "Forbidden (method not named, tool not named)"),
        (
            {"method": "tools/call", "tool": "set\nrain"},
            "Forbidden (method tools/call, tool set\N{REPLACEMENT CHARACTER}rain)",
        ),
    ],
)
def test_a_refusal_says_what_was_asked(
    server: Server, ada: User, asked: dict[str, str], said: str
) -> None:
    assert status(token_of(ada), **asked) == 403
    assert AuditEvent.objects.get(outcome="denied").detail == said


def test_limits_never_stop_who_may_pass(server: Server, ada: User, settings: Any) -> None:
    forget_counters()
    settings.RATE_LIMIT_PRINCIPAL = settings.RATE_LIMIT_FAILURES = "1/minute"
    allow(ada)
    token = token_of(ada)
    assert [status("rollcall_guess") for _ in range(3)] == [401] * 3
    assert [status(token) for _ in range(3)] == [200] * 3
    answer = Client().get("/api/me", headers={"Authorization": "Bearer rollcall_guess"})
    assert answer.status_code == 429
    forget_counters()


# --- What a client could write into the question -----------------------------------------------


@pytest.mark.parametrize(
    "behind",
    [
        "&path=/mcp?a=1&server=org.example/open",
        "&path=/x&method=initialize",
        "&path=&headers=compared",
    ],
)
def test_what_a_proxy_puts_behind_path_is_no_part_of_the_question(ada: User, behind: str) -> None:
    ServerFactory.create(name="org.example/open")
    ServerFactory.create(name="org.example/hidden", visibility=Visibility.PRIVATE)
    allow(ada, pattern="org.example/hidden", tools="get_*")

    answer = Client().get(
        f"/api/auth/check?server=org.example/hidden{behind}",
        headers={"Authorization": f"Bearer {token_of(ada)}", "Mcp-Method": "initialize"},
    )

    assert answer.status_code == 403


def test_a_question_with_two_servers_is_about_none(ada: User) -> None:
    ServerFactory.create(name="org.example/open")
    asked = "/api/auth/check?server=org.example/open"
    headers = {"Authorization": f"Bearer {token_of(ada)}"}

    assert Client().get(asked, headers=headers).status_code == 200
    assert Client().get(f"{asked}&server=org.example/open", headers=headers).status_code == 403
