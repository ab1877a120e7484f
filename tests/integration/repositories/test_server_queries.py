"""What can be asked of many servers at once, and what the database itself refuses."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.services import ANONYMOUS, principal_of_user
from servers.models import Server, Tag, Tool
from tests.fixtures.factories import (
    CREATED_AT,
    ServerFactory,
    ServerVersionFactory,
    ToolFactory,
    UserFactory,
    administrator,
)

pytestmark = pytest.mark.django_db

ANYBODY = ANONYMOUS


def names(servers: Any) -> list[str]:
    return [server.name for server in servers]


@pytest.fixture
def shown_and_hidden() -> None:
    ToolFactory.create(server=ServerFactory.create(name="a/shown"))
    ToolFactory.create(server=ServerFactory.create(name="b/hidden", enabled=False))


@pytest.mark.usefixtures("shown_and_hidden")
class TestVisibility:
    def test_administrators_see_every_server(self) -> None:
        root = principal_of_user(administrator())

        assert names(Server.objects.visible_to(root)) == ["a/shown", "b/hidden"]

    def test_others_see_enabled_servers(self) -> None:
        somebody = principal_of_user(UserFactory.create())

        assert names(Server.objects.visible_to(somebody)) == ["a/shown"]
        assert names(Server.objects.visible_to(ANYBODY)) == ["a/shown"]

    def test_strangers_see_nothing_where_anonymous_reading_is_off(self, settings: Settings) -> None:
        settings.ANONYMOUS_READ = False
        somebody = principal_of_user(UserFactory.create())

        assert names(Server.objects.visible_to(ANYBODY)) == []
        assert names(Server.objects.visible_to(somebody)) == ["a/shown"]

    def test_tools_are_as_visible_as_their_servers(self) -> None:
        assert Tool.objects.visible_to(ANYBODY).get().server.name == "a/shown"


def test_only_enabled_monitored_servers_with_an_address_are_probed() -> None:
    ServerFactory.create(name="a/probed")
    ServerFactory.create(enabled=False)
    ServerFactory.create(monitored=False)
    ServerFactory.create(endpoint_url="")

    assert names(Server.objects.to_probe()) == ["a/probed"]


def test_the_tools_a_server_offers_now_are_counted() -> None:
    server = ServerFactory.create(name="b/two", tags=["x", "y"])
    ToolFactory.create_batch(2, server=server)
    ToolFactory.create(server=server, removed_at=CREATED_AT)
    ServerFactory.create(name="a/none")

    counted = Server.objects.with_tool_count(ANYBODY).values_list("name", "tool_count")

    assert list(counted) == [("a/none", 0), ("b/two", 2)]


def test_latest_versions_come_with_the_servers(django_assert_num_queries: Any) -> None:
    for server in ServerFactory.create_batch(3):
        ServerVersionFactory.create(server=server, version="0.1.0", is_latest=False)

    with django_assert_num_queries(2):
        found = [server.latest_version.version for server in Server.objects.with_latest_version()]

    assert found == ["1.0.0"] * 3


def test_tags_count_the_servers_that_are_visible() -> None:
    ServerFactory.create(tags=["sky", "sea"])
    ServerFactory.create(tags=["sky", "secret"], enabled=False)

    counted = Tag.objects.in_use(ANYBODY).order_by("name").values_list("name", "server_count")

    assert list(counted) == [("sea", 1), ("sky", 1)]


def test_names_are_unique_ignoring_case() -> None:
    ServerFactory.create(name="org.example/weather")

    with pytest.raises(IntegrityError), transaction.atomic():
        ServerFactory.create(name="org.example/Weather")


def test_a_server_has_one_latest_version() -> None:
    server = ServerFactory.create()

    with pytest.raises(IntegrityError), transaction.atomic():
        ServerVersionFactory.create(server=server, version="2.0.0", is_latest=True)


def test_a_version_exists_once_in_its_server() -> None:
    server = ServerFactory.create()

    with pytest.raises(IntegrityError), transaction.atomic():
        ServerVersionFactory.create(server=server, version="1.0.0", is_latest=False)


def test_a_tool_exists_once_in_its_server() -> None:
    tool = ToolFactory.create()

    with pytest.raises(IntegrityError), transaction.atomic():
        ToolFactory.create(server=tool.server, name=tool.name)
    ToolFactory.create(name=tool.name)


def test_several_facets_and_any_total_come_of_one_pass(django_assert_num_queries: Any) -> None:
    ServerFactory.create(category="Maps", health_state="healthy")
    ServerFactory.create(category="Maps")
    ServerFactory.create()

    with django_assert_num_queries(1):
        facets = Server.objects.facets("category", "health_state")
        by_category = [(facet.value, facet.total) for facet in facets.of("category")]
        by_health = [(facet.label, facet.total) for facet in facets.of("health_state")]

    assert by_category == [("Maps", 2), ("", 1)]
    assert by_health == [("unknown", 2), ("healthy", 1)]
    assert facets.total({"category": "Maps", "health_state": "unknown"}) == 1
    assert (facets.total({}), facets.total({"category": "Mail"})) == (3, 0)


def test_the_catalogue_page_counts_its_servers_once(django_assert_num_queries: Any) -> None:
    ServerFactory.create_batch(3, category="Maps")

    with django_assert_num_queries(2):
        page = Client().get("/?category=Maps")

    assert b"<strong>3</strong> servers" in page.content
