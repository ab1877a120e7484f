"""Stars: each person's own marks, counted for everybody who sees the server."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import create_token
from servers import services
from servers.access import Visibility
from servers.models import Server, Star
from tests.fixtures.factories import ServerFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
WEATHER = "/api/servers/org.example/weather"


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def server() -> Server:
    return ServerFactory.create(name="org.example/weather")


@pytest.fixture
def ada() -> APIClient:
    return client_of(UserFactory.create(username="ada"))


def marks(client: APIClient, address: str = WEATHER) -> tuple[int, bool]:
    shown: dict[str, Any] = client.get(address).json()
    return shown["stars"], shown["starred"]


def test_a_star_is_set_once_and_taken_back(ada: APIClient, server: Server) -> None:
    for _ in range(2):
        assert ada.put(f"{WEATHER}/star").status_code == 204
    assert marks(ada) == (1, True)

    for _ in range(2):
        assert ada.delete(f"{WEATHER}/star").status_code == 204
    assert marks(ada) == (0, False)


def test_the_count_is_everybodys_and_the_mark_ones_own(ada: APIClient, server: Server) -> None:
    for _ in range(3):
        services.star(server=server, user=UserFactory.create(), now=NOW)
    ada.put(f"{WEATHER}/star")

    assert marks(ada) == (4, True)
    assert marks(client_of(UserFactory.create())) == (4, False)
    assert marks(APIClient()) == (4, False)
    [listed] = ada.get("/api/servers").json()["results"]
    assert (listed["stars"], listed["starred"]) == (4, True)


def test_a_star_is_no_change_of_the_server(ada: APIClient, server: Server) -> None:
    ada.put(f"{WEATHER}/star")

    before = (server.edition, server.revision, server.updated_at)
    server.refresh_from_db()
    assert (server.edition, server.revision, server.updated_at) == before


def test_what_one_does_not_see_one_does_not_mark(ada: APIClient) -> None:
    ServerFactory.create(name="org.example/hidden", visibility=Visibility.PRIVATE)

    hidden = ada.put("/api/servers/org.example/hidden/star")
    absent = ada.put("/api/servers/org.example/absent/star")

    assert (hidden.status_code, hidden.content) == (404, absent.content)
    assert not Star.objects.exists()


def test_visitors_and_tokens_with_scopes_mark_nothing(server: Server) -> None:
    user = UserFactory.create()
    _, clear = create_token(user=user, name="t", scopes=["view"], now=timezone.now())
    scoped = APIClient(headers={"Authorization": f"Bearer {clear}"})

    assert APIClient().put(f"{WEATHER}/star").status_code == 401
    assert scoped.put(f"{WEATHER}/star").status_code == 403
    assert not Star.objects.exists()


def test_a_list_of_many_asks_no_more_than_a_list_of_one(
    ada: APIClient, django_assert_max_num_queries: Any, server: Server
) -> None:
    with django_assert_max_num_queries(50) as few:
        ada.get("/api/servers")
    for each in ServerFactory.create_batch(20):
        each.labels, each.successor = {"tier": "one"}, server
        each.save()
        services.update_server(server=each, changes={"aliases": [f"alias-{each.pk}"]}, now=NOW)
        services.star(server=each, user=UserFactory.create(), now=NOW)

    with django_assert_max_num_queries(len(few)):
        listed = ada.get("/api/servers").json()["results"]
    assert {each["stars"] for each in listed[1:]} == {0, 1}
