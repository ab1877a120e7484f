"""Every address says who may ask for it, and a visitor gets nothing else.

The REST API declares it by DRF's permission classes, the admin by its site. Every other address
stands in one of the two lists here, a public one with the reason: an address in neither fails.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from django.contrib.admin.sites import all_sites
from django.contrib.admindocs.views import simplify_regex
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django.fixtures import Settings
from rest_framework.permissions import AllowAny, BasePermission

from accounts.api.permissions import DenyAll
from registry_site.admin_site import AdministrationSite
from servers.access import Visibility
from tests.fixtures.factories import ServerFactory

# Whatever ANONYMOUS_READ says.
PUBLIC = {
    "/livez": "load balancers ask it; it tells that the process answers",
    "/login": "leads to the sign-in",
    "/logout": "leads to the sign-out",
    "/accounts/login/": "the sign-in",
    "/accounts/logout/": "ends the caller's own session, if there is one",
    "/accounts/inactive/": "says that an account is closed, not whose",
    "/accounts/second-factor/authenticate/": "the second half of a sign-in",
    "/accounts/second-factor/webauthn/login/": "the sign-in with a passkey",
    "/accounts/sso/login/": "leads to the identity provider",
    "/accounts/sso/callback/": "where the identity provider sends people back to",
    "/accounts/sso/cancelled/": "says that a sign-in was given up",
    "/oauth/token": "gives tokens for codes; the code is the credential",
    "/oauth/revoke": "ends a token; the token is the credential",
    "/oauth/register": "clients introduce themselves (RFC 7591), where that is on",
    "/.well-known/jwks.json": "public keys",
    "/.well-known/oauth-authorization-server": "addresses of this server (RFC 8414)",
    "/.well-known/openid-configuration": "the same, under its other name",
    "/.well-known/oauth-protected-resource": "addresses of this server (RFC 9728)",
    "/.well-known/oauth-protected-resource/mcp": "the same for one resource",
    "/.well-known/oauth-protected-resource/api": "the same for one resource",
}
# For visitors only where ANONYMOUS_READ is on: accounts.decorators.readers_only.
READERS = {"/", "/search", "/search/chosen", "/servers/<name>"}
# For who is signed in.
ACCOUNTS = {
    "/api/auth/check",
    "/oauth/authorize",
    "/accounts/password/",
    "/accounts/reauthenticate/",
    "/accounts/second-factor/",
    "/accounts/second-factor/reauthenticate/",
    "/accounts/second-factor/totp/activate/",
    "/accounts/second-factor/totp/deactivate/",
    "/accounts/second-factor/recovery-codes/",
    "/accounts/second-factor/recovery-codes/generate/",
    "/accounts/second-factor/recovery-codes/download/",
    "/accounts/second-factor/webauthn/",
    "/accounts/second-factor/webauthn/add/",
    "/accounts/second-factor/webauthn/reauthenticate/",
    "/accounts/second-factor/webauthn/keys/<pk>/remove/",
    "/accounts/second-factor/webauthn/keys/<pk>/edit/",
}
# Of the REST API, what a visitor reads where ANONYMOUS_READ is on.
READABLE = {
    "/api/schema",
    "/api/docs",
    "/api/search",
    "/api/servers",
    "/api/servers/export",
    "/api/servers/allow-list",
    "/api/servers/<name>/configuration",
    "/api/servers/<name>",
    "/api/servers/<name>/changes",
    "/api/servers/<name>/prompts",
    "/api/servers/<name>/similar",
    "/api/servers/<name>/resources",
    "/api/servers/<name>/tools",
    "/api/servers/<name>/tools/<tool>",
    "/api/servers/<name>/versions",
    "/api/servers/<name>/versions/<version>",
    "/api/servers/<name>/versions/<version>/diff",
    "/api/servers/<name>/findings",
    "/api/servers/<name>/health",
    "/api/suggest",
    "/api/tags",
}
OFFICIAL = (
    "servers",
    "servers/<serverName>/versions",
    "servers/<serverName>/versions/<version>",
    "health",
    "ping",
    "version",
)
READABLE |= {f"/{base}/{path}" for base in ("v0", "v0.1") for path in OFFICIAL}
NEEDS_QUERY = {"/api/suggest": 400, "/api/search": 400}
# Of the admin, what only leads elsewhere: to everybody's sign-in, and out.
ENTRANCES = {"/admin/login/", "/admin/logout/"}
SAMPLES = {
    "name": "org.example/hidden",
    "serverName": "org.example/hidden",
    "app_label": "accounts",
    "slug": "default",
    "pattern": "*",
    "id": str(UUID(int=1)),
    "grant_id": str(UUID(int=1)),
}


class Route(NamedTuple):
    """An address with its parameters in angle brackets, and the view behind it."""

    address: str
    view: Any

    @property
    def is_api(self) -> bool:
        return getattr(self.view, "cls", None) is not None

    @property
    def is_admin(self) -> bool:
        return self.address.startswith("/admin/")

    @property
    def sample(self) -> str:
        """The address with values for its parameters."""
        return re.sub(r"<(\w+)>", lambda found: SAMPLES.get(found[1], "1"), self.address)

    def permissions(self) -> list[type[BasePermission]]:
        """What the view declares, or an action of it in its place."""
        own = self.view.initkwargs.get("permission_classes", self.view.cls.permission_classes)
        for name in (getattr(self.view, "actions", None) or {}).values():
            own = getattr(getattr(self.view.cls, name), "kwargs", {}).get("permission_classes", own)
        return list(own or [])


def routes(
    patterns: list[URLPattern | URLResolver] | None = None, prefix: str = ""
) -> Iterator[Route]:
    """Every address that something answers to."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, address)
        else:
            plain = re.sub(r"<\w+:(\w+)>", r"<\1>", simplify_regex(address.replace("/?$", "$")))
            yield Route(plain, pattern.callback)


ROUTES = list(routes())
OTHERS = [route for route in ROUTES if not (route.is_api or route.is_admin)]
API = [route for route in ROUTES if route.is_api]


def named(chosen: list[Route]) -> Any:
    return pytest.mark.parametrize("route", chosen, ids=[route.address for route in chosen])


# --- Declared ----------------------------------------------------------------------------------


def test_every_view_of_the_api_declares_who_may_call_it() -> None:
    undeclared = [
        route.address
        for route in API
        if not route.permissions() or {DenyAll, AllowAny} & set(route.permissions())
    ]
    assert undeclared == []


def test_every_other_address_is_in_a_list() -> None:
    assert {route.address for route in OTHERS} == {*PUBLIC, *READERS, *ACCOUNTS}
    assert len(PUBLIC) + len(READERS) + len(ACCOUNTS) == len({*PUBLIC, *READERS, *ACCOUNTS})


def test_the_admin_is_the_site_that_asks_for_administrators() -> None:
    assert [site for site in all_sites if not isinstance(site, AdministrationSite)] == []


@pytest.mark.parametrize("address", ["/api/me", "/api/servers", "/admin/", "/servers/<name>"])
def test_the_addresses_are_found_at_all(address: str) -> None:
    assert address in {route.address for route in ROUTES}


# --- Held, asked by a visitor ------------------------------------------------------------------


@pytest.fixture(autouse=True)
def hidden_server(db: None) -> None:
    ServerFactory.create(
        name=SAMPLES["name"], title="Canary of the hidden", visibility=Visibility.PRIVATE
    )


def visit(route: Route) -> tuple[int, str]:
    """The status of the answer to a visitor and where it leads."""
    answer = Client().get(route.sample)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert b"Canary of the hidden" not in body
    return answer.status_code, answer.headers.get("Location", "")


@pytest.fixture(params=[True, False], ids=["anonymous read on", "anonymous read off"])
def reading(request: pytest.FixtureRequest, settings: Settings) -> bool:
    settings.ANONYMOUS_READ = request.param
    return bool(request.param)


@named(API)
def test_the_api_answers_a_visitor_what_is_readable_alone(route: Route, reading: bool) -> None:
    status, _ = visit(route)
    if reading and route.address in READABLE:
        is_of_one = "<name>" in route.address or "<serverName>" in route.address
        assert status == (404 if is_of_one else NEEDS_QUERY.get(route.address, 200))
    else:
        assert status in (401, 405)


@named([route for route in OTHERS if route.address in READERS])
def test_pages_are_for_readers(route: Route, reading: bool) -> None:
    status, leads_to = visit(route)
    if reading:
        # Without a query there is nothing to search for, nor anything to choose.
        expected = {"/": 200, "/search": 400, "/search/chosen": 404, "/servers/<name>": 404}
        assert status == expected[route.address]
    else:
        assert (status, leads_to.partition("?")[0]) == (302, "/accounts/login/")


@named([route for route in OTHERS if route.address in ACCOUNTS])
def test_what_is_for_accounts_sends_visitors_to_the_sign_in(route: Route, reading: bool) -> None:
    status, leads_to = visit(route)
    assert status in (401, 405) or leads_to.startswith("/accounts/login/")


@named([route for route in ROUTES if route.is_admin])
def test_the_admin_sends_visitors_to_the_sign_in(route: Route, reading: bool) -> None:
    status, leads_to = visit(route)
    assert status == 302
    assert "login" in leads_to or route.address in ENTRANCES


@named([route for route in OTHERS if route.address in PUBLIC])
def test_what_is_public_is_answered_without_fault(route: Route, reading: bool) -> None:
    assert visit(route)[0] < 500
