"""What somebody may not see answers like what is not there, at every address with a name in it.

The addresses are read from the program, so that a new one is asked, too.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.urls import URLPattern, get_resolver
from rest_framework.test import APIClient

from accounts.access import Role
from accounts.models import ApiToken, User
from servers.access import Visibility
from tests.fixtures.factories import (
    CREATED_AT,
    ServerFactory,
    TeamFactory,
    ToolFactory,
    UserFactory,
    document,
    maintainer,
    member_of,
)

pytestmark = pytest.mark.django_db

HIDDEN, ABSENT = "com.example/hidden", "com.example/absent"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
NO_GRANT = "00000000-0000-4000-8000-000000000000"
# They count requests and name sessions, whatever was asked for.
NOT_ABOUT_THE_SERVER = re.compile(r"(?i)x?-?ratelimit.*|retry-after|set-cookie|vary")


def patterns(of: Any, prefix: str = "") -> Iterator[str]:
    for each in of.url_patterns:
        address = prefix + str(each.pattern)
        if isinstance(each, URLPattern):
            yield address
        else:
            yield from patterns(each, address)


def addresses() -> list[str]:
    """Every address with the name of a server in it, with ``NAME`` in its place."""
    found = []
    for pattern in patterns(get_resolver()):
        if re.search(r"^(api/\^)?servers/(<path:name>|\(\?P<name>)", pattern):
            plain = pattern.replace("(?P<name>[^/]+/[^/]+)", "NAME").replace("<path:name>", "NAME")
            plain = plain.replace("(?P<version>[^/]+)", "1.0.0").replace("(?P<tool>.+?)", "get")
            plain = plain.replace("(?P<header>[^/]+)", "Authorization")
            plain = re.sub(r"\(\?P<grant_id>.*\)(?=/)", NO_GRANT, plain)
            found.append("/" + plain.replace("^", "").replace("/?$", ""))
    return [*found, "/api/me/permissions?server=NAME", "/api/auth/check?server=NAME"]


def hidden_from_all(kind: str) -> None:
    columns: dict[str, Any] = {
        "disabled": {"visibility": Visibility.PUBLIC, "enabled": False},
        "of another team": {"visibility": Visibility.TEAM},
        "private": {"visibility": Visibility.PRIVATE},
        "not approved yet": {"visibility": Visibility.PUBLIC, "published": False},
        "deleted": {"visibility": Visibility.PUBLIC, "deleted_at": CREATED_AT},
    }[kind]
    server = ServerFactory.create(name=HIDDEN, team=TeamFactory.create(), tags=["x"], **columns)
    ToolFactory.create(server=server, name="get")


KINDS = ["disabled", "of another team", "private", "not approved yet", "deleted"]


def nobody() -> AnonymousUser:
    return AnonymousUser()


def admin_elsewhere() -> User:
    return member_of(TeamFactory.create(), Role.ADMIN)


def asked(client: APIClient, method: str, address: str, name: str) -> Any:
    body = document(name=name) if method in ("POST", "PUT", "PATCH") else None
    return client.generic(
        method,
        address.replace("NAME", name),
        json.dumps(body) if body else b"",
        content_type="application/json",
    )


def facts(response: HttpResponse, name: str) -> tuple[int, dict[str, str], str]:
    """All of an answer that could tell hidden from absent, without the name it was asked for."""
    headers = {
        header: value.replace(name, "NAME")
        for header, value in response.headers.items()
        if not NOT_ABOUT_THE_SERVER.fullmatch(header)
    }
    return response.status_code, headers, content(response).replace(name, "NAME")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("who", [nobody, UserFactory.create, maintainer, admin_elsewhere])
def test_a_hidden_server_answers_like_an_absent_one_everywhere(who: Any, kind: str) -> None:
    hidden_from_all(kind)
    user, client = who(), APIClient(raise_request_exception=False)
    if user.is_authenticated:
        client.force_login(user)
        client.force_authenticate(user)
    for address in addresses():
        for method in METHODS:
            hidden = facts(asked(client, method, address, HIDDEN), HIDDEN)
            absent = facts(asked(client, method, address, ABSENT), ABSENT)
            assert hidden == absent, (method, address)
            assert hidden[0] in (401, 403, 404, 405) or method == "OPTIONS", (method, address)


def test_a_token_hides_what_its_scopes_leave_out() -> None:
    ServerFactory.create(name=HIDDEN, visibility=Visibility.PUBLIC)
    client = APIClient()
    client.force_authenticate(maintainer(), token=ApiToken(name="t", scopes=["view:a.b/*"]))

    for address in addresses():
        if address.startswith("/api/servers"):
            for method in METHODS:
                hidden = facts(asked(client, method, address, HIDDEN), HIDDEN)
                absent = facts(asked(client, method, address, ABSENT), ABSENT)
                assert hidden == absent, (method, address)


def test_the_addresses_are_found_at_all() -> None:
    found = addresses()

    assert len(found) >= 12
    assert {"/api/servers/NAME", "/api/servers/NAME/check", "/servers/NAME"} <= set(found)
    assert f"/api/servers/NAME/grants/{NO_GRANT}" in found


@pytest.mark.parametrize(
    "question",
    [
        "/api/servers?q=hidden",
        "/api/servers?tag=x",
        "/api/servers?visibility=private",
        "/api/servers?enabled=false",
        "/api/servers?ordering=-updated_at&count=true",
        "/api/tags",
        "/api/search?q=hidden",
        "/api/servers/export",
        "/?category=Secret",
        "/search?q=hidden",
    ],
)
def test_no_count_facet_or_result_betrays_it(question: str) -> None:
    client = APIClient()
    client.force_login(UserFactory.create())
    before = content(client.get(question))

    ServerFactory.create(name=HIDDEN, visibility=Visibility.PRIVATE, tags=["x"], category="Secret")

    assert content(client.get(question)) == before


def content(response: Any) -> str:
    """The body without the token of its form and the id of a search: others every time."""
    text = response.getvalue().decode()
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|search_id[=":]+[-\w]+', "", text)
