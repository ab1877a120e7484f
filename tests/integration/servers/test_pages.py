"""The catalogue as people see it in a browser."""

import pytest
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from servers.models import HealthState, ReviewState
from tests.fixtures.factories import ServerFactory, ServerVersionFactory, ToolFactory, maintainer

pytestmark = pytest.mark.django_db


def test_the_home_page_lists_what_a_visitor_may_see(client: Client) -> None:
    ServerFactory(name="org.example/weather", description="Rain and sun.")
    ServerFactory(name="org.example/secret", enabled=False)

    page = client.get(reverse("home")).content.decode()

    assert "Rain and sun." in page
    assert "org.example/secret" not in page


def test_those_who_may_edit_a_disabled_server_see_it(client: Client) -> None:
    ServerFactory(name="org.example/secret", enabled=False)
    client.force_login(maintainer())

    page = client.get(reverse("home")).content.decode()

    assert "org.example/secret" in page


def test_the_list_narrows_by_category_and_health(client: Client) -> None:
    ServerFactory(name="org.example/a", category="Weather", health_state=HealthState.HEALTHY)
    ServerFactory(name="org.example/b", category="Weather", health_state=HealthState.UNREACHABLE)
    ServerFactory(name="org.example/c", category="Gaming", health_state=HealthState.HEALTHY)

    page = client.get(reverse("home"), {"category": "Weather", "health": "healthy"})

    assert [server.name for server in page.context["page"]] == ["org.example/a"]


def test_a_page_number_that_is_none_shows_the_nearest_page(client: Client) -> None:
    ServerFactory()

    assert client.get(reverse("home"), {"page": "nonsense"}).context["page"].number == 1
    assert client.get(reverse("home"), {"page": "99"}).context["page"].number == 1


def test_the_number_of_queries_does_not_grow_with_the_list(
    client: Client, django_assert_max_num_queries: object
) -> None:
    for server in ServerFactory.create_batch(20):
        ToolFactory(server=server)

    with django_assert_max_num_queries(6):  # type: ignore[operator]
        client.get(reverse("home"))


def test_a_server_page_shows_tools_arguments_and_document(client: Client) -> None:
    server = ServerFactory(name="org.example/weather")
    ToolFactory(server=server, name="get_forecast")

    page = client.get(reverse("server", args=[server.name])).content.decode()

    assert "get_forecast" in page
    assert "place" in page
    assert "server.schema.json" in page


def test_a_local_server_is_said_not_to_be_probed(client: Client) -> None:
    server = ServerFactory.create(health_state=HealthState.LOCAL)

    assert "local servers are not probed" in client.get(server.get_absolute_url()).content.decode()


def test_those_who_may_edit_or_review_are_told_what_waits_for_them(client: Client) -> None:
    server = ServerFactory.create()
    ServerVersionFactory(
        server=server, version="2.0.0", review_state=ReviewState.PENDING, is_latest=False
    )
    address = server.get_absolute_url()

    assert "awaiting review" not in client.get(address).content.decode()
    client.force_login(maintainer())
    assert "1 version awaiting review." in client.get(address).content.decode()


def test_what_a_server_says_of_itself_is_inert(client: Client) -> None:
    server = ServerFactory(description="<script>alert(1)</script>")

    page = client.get(reverse("server", args=[server.name])).content.decode()

    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("name", ["org.example/hidden", "org.example/absent"])
def test_a_hidden_server_answers_like_an_absent_one(client: Client, name: str) -> None:
    ServerFactory(name="org.example/hidden", enabled=False)

    response = client.get(reverse("server", args=[name]))

    assert response.status_code == 404
    assert "Nothing here" in response.content.decode()


def test_without_anonymous_reading_a_visitor_is_sent_to_the_login(
    client: Client, settings: Settings
) -> None:
    settings.ANONYMOUS_READ = False

    response = client.get(reverse("home"))

    assert response.status_code == 302
    assert response.headers["Location"].startswith(resolve_url(settings.LOGIN_URL))
