"""What is deleted, disabled, hidden or renamed is gone from every surface with the next request."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.access import Role
from accounts.models import Team
from accounts.services import create_token
from servers.models import Server
from tests.fixtures.factories import (
    ServerFactory,
    TeamFactory,
    ToolFactory,
    UserFactory,
    member_of,
)
from tests.fixtures.indexing import index_catalogue
from tests.integration.search.mcp_endpoint import called

pytestmark = pytest.mark.django_db

NAME = "org.example/canary"
# Each with what it says only while the server is there.
SURFACES = {
    "list": ("/api/servers", NAME),
    "list by word": ("/api/servers?q=canary", NAME),
    "detail": (f"/api/servers/{NAME}", NAME),
    "versions": (f"/api/servers/{NAME}/versions", "1.0.0"),
    "version": (f"/api/servers/{NAME}/versions/latest", "1.0.0"),
    "tools": (f"/api/servers/{NAME}/tools", "warbler"),
    "health": (f"/api/servers/{NAME}/health", NAME),
    "configuration": (f"/api/servers/{NAME}/configuration", "canary"),
    "findings": (f"/api/servers/{NAME}/findings", "results"),
    "permissions": (f"/api/me/permissions?server={NAME}", NAME),
    "auth check": (f"/api/auth/check?server={NAME}&method=tools/list", ""),
    "search for servers": ("/api/search?q=chirping", NAME),
    "search for tools": ("/api/search?q=chirping&type=tools", "warbler"),
    "tags": ("/api/tags", "birds"),
    "export": ("/api/servers/export", NAME),
    "allow list": ("/api/servers/allow-list?format=names", NAME),
    "official list": ("/v0.1/servers", NAME),
    "official versions": ("/v0.1/servers/org.example%2Fcanary/versions", NAME),
    "official latest": ("/v0/servers/org.example%2Fcanary/versions/latest", NAME),
    "front page": ("/", NAME),
    "facets": ("/", "Ornithology"),
    "page": (f"/servers/{NAME}", "warbler"),
    "search page": ("/search?q=chirping", NAME),
}
# The same of the tools of the MCP endpoint, with what they are asked.
TOOLS: dict[str, tuple[str, dict[str, str], str]] = {
    "MCP tools": ("find_tools", {"query": "chirping"}, NAME),
    "MCP servers": ("find_servers", {"query": "chirping"}, NAME),
    "MCP server": ("get_server", {"name": NAME}, "birds"),
    "MCP tool": ("get_tool", {"server": NAME, "tool": "warbler"}, "chirping"),
    "MCP categories": ("list_categories", {}, "Ornithology"),
    "MCP health": ("check_health", {"server": NAME}, "unknown"),
}
# By which request of an administrator of its team the server goes.
WAYS: dict[str, tuple[str, str, Any]] = {
    "deleted": ("delete", "", None),
    "disabled": ("post", "/disable", None),
    "made private": ("patch", "", {"visibility": "private"}),
    "given to another team": ("patch", "", {"visibility": "team", "team": "other"}),
    "every version deleted": ("patch", "/status", {"status": "deleted"}),
    "its only version deleted": ("patch", "/versions/1.0.0/status", {"status": "deleted"}),
    "renamed": ("post", "/rename", {"name": "org.example/other"}),
}


def a_canary(**columns: Any) -> Server:
    server = ServerFactory.create(
        name=NAME,
        tags=["birds"],
        category="Ornithology",
        endpoint_url="https://birds.example.org/mcp",
        **columns,
    )
    ToolFactory.create(server=server, name="warbler", description="A chirping bird.")
    return server


@pytest.fixture
def canary() -> None:
    """A server that is seen everywhere."""
    a_canary()
    index_catalogue(now=timezone.now())


@pytest.fixture
def viewer() -> Client:
    """Somebody who sees what is public, with a session and a token."""
    user = UserFactory.create()
    _, clear = create_token(user=user, name="t", now=timezone.now())
    client = Client(headers={"Authorization": f"Bearer {clear}"})
    client.force_login(user)
    return client


def take_away(way: str) -> None:
    admin = member_of(Team.objects.default(), Role.ADMIN)
    other = TeamFactory.create(slug="other")
    other.memberships.create(user=admin, role=Role.ADMIN)
    client, (method, path, body) = APIClient(), WAYS[way]
    client.force_authenticate(admin)
    response = getattr(client, method)(f"/api/servers/{NAME}{path}", body)
    assert response.status_code < 300, response.json()


def surfaces_showing_it(client: Client) -> set[str]:
    shown = {
        surface for surface, (address, says) in SURFACES.items() if shows(client, address, says)
    }
    return shown | {
        surface
        for surface, (tool, arguments, says) in TOOLS.items()
        if says in str(called(client, tool, **arguments))
    }


def shows(client: Client, address: str, says: str) -> bool:
    response = client.get(address)
    return response.status_code == 200 and says in response.getvalue().decode()


def test_it_is_seen_everywhere_to_begin_with(canary: None, viewer: Client) -> None:
    assert surfaces_showing_it(viewer) == {*SURFACES, *TOOLS}


@pytest.mark.parametrize("way", WAYS)
def test_it_is_gone_from_every_surface(canary: None, viewer: Client, way: str) -> None:
    assert shows(viewer, "/api/servers", NAME)

    take_away(way)

    left = surfaces_showing_it(viewer)
    # Under its other name, a renamed server keeps its tag and its category.
    assert left == ({"tags", "facets", "MCP categories"} if way == "renamed" else set())


@pytest.mark.parametrize("way", WAYS)
def test_the_search_by_words_does_not_find_it_either(
    canary: None, viewer: Client, way: str, settings: Settings
) -> None:
    settings.INDEX_DIR = Path("/nowhere")
    assert shows(viewer, "/api/search?q=chirping", NAME)

    take_away(way)

    assert not shows(viewer, "/api/search?q=chirping", NAME)
    assert not shows(viewer, "/api/search?q=bird&type=tools", "warbler")


def test_what_is_not_approved_yet_is_nowhere(viewer: Client) -> None:
    a_canary(published=False).versions.update(review_state="pending")
    index_catalogue(now=timezone.now())

    assert surfaces_showing_it(viewer) == set()


def test_what_is_restored_is_back_everywhere(canary: None, viewer: Client) -> None:
    take_away("deleted")
    client = APIClient()
    client.force_authenticate(member_of(Team.objects.default(), Role.ADMIN))

    client.post(f"/api/servers/{NAME}/restore")

    assert surfaces_showing_it(viewer) == {*SURFACES, *TOOLS}
