"""Search in the REST API, as clients meet it."""

from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.services import ANONYMOUS
from search.services import refresh_index, search
from servers.models import Server
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import (
    ServerFactory,
    ToolFactory,
    UserFactory,
    administrator,
    maintainer,
)

pytestmark = [pytest.mark.search, pytest.mark.django_db]

FORECAST = "Rain or sun for tomorrow"


@pytest.fixture
def catalogue() -> Server:
    server = ServerFactory(name="org.example/weather", title="Weather", description="Sky.")
    ToolFactory(server=server, name="get_forecast", description=FORECAST)
    ServerFactory(name="org.example/payments", description="Money.")
    refresh_index(now=NOW)
    return server


def get(client: APIClient, **parameters: Any) -> Any:
    return client.get("/api/search", parameters)


def errors(response: Any) -> dict[str, str]:
    return {each["field"]: each["message"] for each in response.json()["errors"]}


@pytest.mark.usefixtures("catalogue")
def test_an_answer_holds_everything_a_client_needs(test_client: APIClient) -> None:
    response = get(test_client, q=" sun or rain tomorrow ")

    assert response.status_code == 200
    answer = response.json()
    best = answer["results"].pop(0)
    assert best.pop("score") > 0.5
    assert best == {
        "type": "tool",
        "name": "get_forecast",
        "title": "",
        "description": FORECAST,
        "server": "org.example/weather",
        "match": "meaning",
        "health": "unknown",
        "url": "/api/servers/org.example/weather",
    }
    del answer["results"]
    assert answer == {
        "query": "sun or rain tomorrow",
        "degraded": False,
        "reason": "",
        "count": 3,
    }


@pytest.mark.usefixtures("catalogue")
def test_the_url_of_a_result_is_answered(test_client: APIClient) -> None:
    url = get(test_client, q="weather").json()["results"][0]["url"]

    assert test_client.get(url).json()["name"] == "org.example/weather"


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("asked", "types"),
    [("servers", ["server", "server"]), ("tools", ["tool"]), ("all", ["server", "server", "tool"])],
)
def test_servers_tools_or_all_can_be_asked_for(
    test_client: APIClient, asked: str, types: list[str]
) -> None:
    results = get(test_client, q="sky", type=asked).json()["results"]

    assert sorted(each["type"] for each in results) == types


@pytest.mark.usefixtures("catalogue")
def test_a_limit_and_a_trailing_slash_are_accepted(test_client: APIClient) -> None:
    assert test_client.get("/api/search/", {"q": "sky", "limit": 1}).json()["count"] == 1


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({}, "q"),
        ({"q": "  "}, "q"),
        ({"q": "x" * 2001}, "q"),
        ({"q": "x" * 100_000}, "q"),
        ({"q": "a\x00b"}, "q"),
        ({"q": "a", "limit": 0}, "limit"),
        ({"q": "a", "limit": 51}, "limit"),
        ({"q": "a", "limit": "9" * 400}, "limit"),
        ({"q": "a", "limit": "many"}, "limit"),
        ({"q": "a", "type": "people"}, "type"),
        ({"q": "a", "page": 2}, "page"),
    ],
)
def test_wrong_parameters_are_refused_by_name(
    test_client: APIClient, parameters: dict[str, Any], field: str
) -> None:
    response = get(test_client, **parameters)

    assert response.status_code == 400
    assert list(errors(response)) == [field]


def test_an_unknown_parameter_is_answered_with_the_known_ones(test_client: APIClient) -> None:
    assert "q, type, limit" in errors(get(test_client, q="a", query="b"))["query"]


def test_only_reading_is_possible(test_client: APIClient) -> None:
    test_client.force_authenticate(UserFactory(is_superuser=True))

    for call in (test_client.post, test_client.put, test_client.delete):
        assert call("/api/search").status_code in (403, 405)


def test_without_anonymous_reading_credentials_are_needed(
    test_client: APIClient, settings: Settings
) -> None:
    settings.ANONYMOUS_READ = False
    assert get(test_client, q="sky").status_code == 401

    test_client.force_authenticate(UserFactory())
    assert get(test_client, q="sky").status_code == 200


def test_a_hidden_server_answers_like_an_absent_one(
    catalogue: Server, test_client: APIClient
) -> None:
    absent = get(test_client, q="unheard-of thing").json()
    ServerFactory(name="org.example/secret", description="unheard-of thing", enabled=False)
    refresh_index(now=NOW)

    assert get(test_client, q="unheard-of thing").json() == absent


@pytest.mark.usefixtures("catalogue")
def test_the_api_gives_what_the_service_gives(test_client: APIClient) -> None:
    answer = search(principal=ANONYMOUS, query="sky", limit=2)

    results = get(test_client, q="sky", limit=2).json()["results"]

    assert [each["name"] for each in results] == [each.name for each in answer.results]


# --- Status ------------------------------------------------------------------------------------


def test_the_status_counts_what_is_hidden_and_is_for_administrators_only(
    test_client: APIClient,
) -> None:
    assert test_client.get("/api/search/status").status_code == 401

    test_client.force_authenticate(maintainer())
    assert test_client.get("/api/search/status").status_code == 403


def test_the_status_tells_how_far_the_index_is(catalogue: Server, test_client: APIClient) -> None:
    ServerFactory()
    test_client.force_authenticate(administrator())

    status = test_client.get("/api/search/status").json()

    assert status.pop("index_version").startswith("20260101T1200")
    assert status.pop("published_at").startswith("2026-01-01T12:00")
    assert status == {
        "degraded": False,
        "reason": "",
        "model": "word-hash-64",
        "entries": 3,
        "servers": 3,
        "due_servers": 1,
        "failed_servers": 0,
        "refreshing": False,
        "servers_total": 2,
        "servers_done": 2,
    }


def test_the_status_says_why_searches_are_degraded(test_client: APIClient) -> None:
    test_client.force_authenticate(administrator())

    status = test_client.get("/api/search/status").json()

    assert (status["degraded"], status["reason"]) == (True, "No index is published yet.")
    assert (status["index_version"], status["published_at"]) == ("", None)
