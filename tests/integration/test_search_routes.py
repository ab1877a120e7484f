"""Search in the REST API, as clients meet it."""

from dataclasses import fields
from typing import Any
from uuid import UUID

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.services import ANONYMOUS
from search.api.serializers import FilterParameters, SearchAnswerSerializer
from search.filters import Filters
from search.ranking import WORDS_WEIGHT
from search.services import search
from servers.models import Server
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import (
    ServerFactory,
    ToolFactory,
    UserFactory,
    administrator,
    maintainer,
)
from tests.fixtures.indexing import index_catalogue

pytestmark = [pytest.mark.search, pytest.mark.django_db]

FORECAST = "Rain or sun for tomorrow"


@pytest.fixture
def catalogue() -> Server:
    server = ServerFactory(name="org.example/weather", title="Weather", description="Sky.")
    ToolFactory(server=server, name="get_forecast", description=FORECAST)
    ServerFactory(name="org.example/payments", description="Money.")
    index_catalogue(now=NOW)
    return server


def get(client: APIClient, **parameters: Any) -> Any:
    return client.get("/api/search", parameters)


def errors(response: Any) -> dict[str, str]:
    return {each["field"]: each["message"] for each in response.json()["errors"]}


@pytest.mark.usefixtures("catalogue")
def test_an_answer_holds_everything_a_client_needs(test_client: APIClient) -> None:
    best = get(test_client, q=" sun or rain tomorrow ").json()["results"][0]

    assert best.pop("score") > 0.5
    assert best == {
        "type": "tool",
        "name": "get_forecast",
        "title": "",
        "description": FORECAST,
        "server": "org.example/weather",
        "match": "meaning",
        "health": "unknown",
        "health_label": "unknown",
        "url": "/api/servers/org.example/weather",
        "snippet": {"text": FORECAST, "highlights": [[0, 4], [8, 11], [16, 24]]},
        "input_schema": None,
        "explanation": None,
    }


@pytest.mark.usefixtures("catalogue")
def test_an_answer_says_how_it_came_about(test_client: APIClient) -> None:
    answer = get(test_client, q=" sun or rain tomorrow ").json()

    del answer["results"]
    assert UUID(answer.pop("search_id"))
    assert answer == {
        "query": "sun or rain tomorrow",
        "degraded": False,
        "reason": "",
        "count": 3,
        "offset": 0,
        "did_you_mean": "",
        "facets": None,
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
    answer = test_client.get("/api/search/", {"q": "sky", "limit": 1}).json()

    assert len(answer["results"]) == 1


@pytest.mark.usefixtures("catalogue")
def test_a_body_asks_the_same_as_parameters(test_client: APIClient) -> None:
    asked = {"q": "sun or rain", "type": "tools", "limit": 5, "explain": True, "facets": True}
    by_body = test_client.post("/api/search", asked).json()
    by_parameters = get(test_client, **asked).json()

    assert UUID(by_body.pop("search_id")) != UUID(by_parameters.pop("search_id"))
    assert by_body == by_parameters
    assert by_body["count"] == 1


@pytest.mark.usefixtures("catalogue")
def test_an_answer_is_what_the_description_of_the_api_says(test_client: APIClient) -> None:
    asked = {"q": "sun or rain", "explain": "true", "schema": "true", "facets": "true"}
    answer = get(test_client, **asked).json()

    assert SearchAnswerSerializer(answer).data == answer


@pytest.mark.usefixtures("catalogue")
def test_each_result_can_be_explained(test_client: APIClient) -> None:
    best = get(test_client, q="sun or rain", explain="true").json()["results"][0]

    parts = best["explanation"]
    together = parts["cosine"] + WORDS_WEIGHT * parts["coverage"]
    assert parts["relevance"] == pytest.approx(together, abs=1e-3)
    assert set(parts["words"]) == {"sun", "rain"}
    assert sum(parts["words"].values()) == pytest.approx(1, abs=1e-3)


def test_a_tool_can_be_used_directly(test_client: APIClient) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    definition = {"name": "forecast", "inputSchema": schema}
    ToolFactory(server=ServerFactory(), name="forecast", definition=definition)
    index_catalogue(now=NOW)

    best = get(test_client, q="forecast", type="tools", schema="true").json()["results"][0]

    assert best["input_schema"] == schema


def test_a_schema_is_told_with_numbers_of_any_size(test_client: APIClient) -> None:
    """Of a listed 1e21, PostgreSQL makes an integer that does not fit into 64 bits."""
    schema = {"type": "object", "properties": {"n": {"maximum": 10**21, "minimum": -(10**21)}}}
    definition = {"name": "count", "inputSchema": schema}
    ToolFactory(name="count", definition=definition, fingerprint="of 1e21")
    index_catalogue(now=NOW)

    best = get(test_client, q="count", type="tools", schema="true").json()["results"][0]

    assert best["input_schema"] == schema


@pytest.mark.usefixtures("catalogue")
def test_every_filter_of_the_search_can_be_asked_for(test_client: APIClient) -> None:
    assert {field.name for field in fields(Filters)} == set(FilterParameters().fields)

    found = get(test_client, q="sky", server="org.example/weather").json()["results"]
    assert {each["server"] for each in found} == {"org.example/weather"}


@pytest.mark.usefixtures("catalogue")
def test_what_is_less_likely_can_be_left_out(test_client: APIClient) -> None:
    everything = get(test_client, q="sky").json()["results"]
    likely = get(test_client, q="sky", min_score=everything[0]["score"]).json()["results"]

    assert [each["name"] for each in likely] == [everything[0]["name"]]


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
        ({"q": "a", "offset": -1}, "offset"),
        ({"q": "a", "min_score": 2}, "min_score"),
        ({"q": "a", "min_score": "nan"}, "min_score"),
        ({"q": "a", "health": "sick"}, "health"),
        ({"q": "a", "label": "a b:c"}, "label"),
        ({"q": "a", "read_only": "perhaps"}, "read_only"),
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


@pytest.mark.parametrize("body", [[], "q", None, {"q": None}, {"q": "a", "limit": {}}])
def test_a_body_of_another_shape_is_refused(test_client: APIClient, body: Any) -> None:
    assert test_client.post("/api/search", body).status_code == 400


def test_nothing_can_be_changed_or_deleted(test_client: APIClient) -> None:
    test_client.force_authenticate(UserFactory(is_superuser=True))

    for call in (test_client.put, test_client.patch, test_client.delete):
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
    index_catalogue(now=NOW)

    hidden = get(test_client, q="unheard-of thing").json()
    assert hidden | {"search_id": ""} == absent | {"search_id": ""}


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
        "next_model": "",
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
