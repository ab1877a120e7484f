"""Suggestions while typing, as clients meet them."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from search.index.reader import corpora
from search.services import refresh_index
from search.services.suggesting import suggestions_of
from servers.access import Visibility
from servers.models import Server, Tool
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import ServerFactory, ToolFactory, administrator
from tests.fixtures.indexing import index_catalogue

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalogue() -> Server:
    server = ServerFactory.create(
        name="org.example/weather", title="Sky watch", category="Nature", tags=["forecasts"]
    )
    ToolFactory.create(server=server, name="get_forecast", title="Rain or sun")
    other = ServerFactory.create(name="org.example/climate")
    ToolFactory.create(server=other, name="getForecast")
    return server


@pytest.fixture(params=["in memory", "without an index"])
def degraded(request: pytest.FixtureRequest, catalogue: Server) -> bool:
    """Both ways to answer."""
    if request.param == "in memory":
        index_catalogue(now=NOW)
    return bool(request.param == "without an index")


@pytest.fixture
def published(catalogue: Server) -> None:
    index_catalogue(now=NOW)


def suggested(client: APIClient, q: str, **parameters: Any) -> list[tuple[str, str, int]]:
    answer = client.get("/api/suggest", {"q": q, **parameters})
    assert answer.status_code == 200
    return [(it["text"], it["type"], it["servers"]) for it in answer.json()["suggestions"]]


# --- Either way --------------------------------------------------------------------------------


def test_an_answer_says_what_it_is(test_client: APIClient, degraded: bool) -> None:
    answer = test_client.get("/api/suggest/", {"q": "Weath"}).json()

    assert answer == {
        "query": "Weath",
        "degraded": degraded,
        "suggestions": [{"text": "org.example/weather", "type": "server", "servers": 1}],
    }


@pytest.mark.usefixtures("degraded")
@pytest.mark.parametrize(
    ("typed", "text", "sort"),
    [
        ("nat", "Nature", "category"),
        ("FORE", "forecasts", "tag"),
        ("cli", "org.example/climate", "server"),
    ],
)
def test_servers_categories_and_tags_are_suggested(
    test_client: APIClient, typed: str, text: str, sort: str
) -> None:
    assert (text, sort, 1) in suggested(test_client, typed)


@pytest.mark.usefixtures("degraded")
def test_one_sort_alone_can_be_asked_for(test_client: APIClient) -> None:
    assert {sort for _, sort, _ in suggested(test_client, "fore", type="tools")} == {"tool"}
    assert suggested(test_client, "fore", type="servers") == []


@pytest.mark.usefixtures("degraded")
def test_a_limit_is_kept(test_client: APIClient) -> None:
    assert len(suggested(test_client, "fore", limit=1)) == 1


@pytest.mark.usefixtures("degraded")
@pytest.mark.parametrize("typed", ["xyz", "___", "%", "\\", "' OR 1=1"])
def test_what_nothing_begins_with_suggests_nothing(test_client: APIClient, typed: str) -> None:
    assert suggested(test_client, typed) == []


@pytest.mark.usefixtures("degraded")
@pytest.mark.parametrize("typed", ["weath", "sky", "nat", "forecasts", "get_forecast"])
def test_what_is_hidden_is_not_suggested(
    test_client: APIClient, catalogue: Server, typed: str
) -> None:
    Server.objects.filter(pk=catalogue.pk).update(visibility=Visibility.PRIVATE)
    hidden = {"org.example/weather", "Sky watch", "Nature", "forecasts", "get_forecast"}

    assert not hidden & {text for text, _, _ in suggested(test_client, typed)}


@pytest.mark.usefixtures("degraded")
def test_a_tool_that_is_gone_is_not_suggested(test_client: APIClient) -> None:
    Tool.objects.update(removed_at=NOW)

    assert suggested(test_client, "get", type="tools") == []


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({}, "q"),
        ({"q": " "}, "q"),
        ({"q": "x" * 101}, "q"),
        ({"q": "a\x00"}, "q"),
        ({"q": "a", "limit": 0}, "limit"),
        ({"q": "a", "limit": 21}, "limit"),
        ({"q": "a", "type": "people"}, "type"),
        ({"q": "a", "page": 1}, "page"),
    ],
)
def test_wrong_parameters_are_refused_by_name(
    test_client: APIClient, parameters: dict[str, Any], field: str
) -> None:
    answer = test_client.get("/api/suggest", parameters)

    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [field]


# --- In memory ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("published")
def test_equal_names_are_one_with_the_number_of_servers(test_client: APIClient) -> None:
    assert suggested(test_client, "get") == [("get_forecast", "tool", 2)]


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(("typed", "text"), [("watch", "Sky watch"), ("rain", "Rain or sun")])
def test_titles_are_suggested(test_client: APIClient, typed: str, text: str) -> None:
    assert [text for text, _, _ in suggested(test_client, typed)] == [text]


@pytest.mark.usefixtures("published")
def test_what_was_registered_since_is_suggested_and_counted_along(test_client: APIClient) -> None:
    new = ServerFactory.create(name="org.example/windfinder", tags=["forecasts"])
    ToolFactory.create(server=new, name="get-forecast")
    suggested(test_client, "get")
    refresh_index(now=NOW)

    assert suggested(test_client, "windf") == [("org.example/windfinder", "server", 1)]
    assert [servers for _, _, servers in suggested(test_client, "get")] == [3]
    assert ("forecasts", "tag", 2) in suggested(test_client, "fore")


@pytest.mark.usefixtures("published")
def test_each_letter_asks_the_database_nothing_of_the_catalogue(
    test_client: APIClient, django_assert_max_num_queries: Any
) -> None:
    test_client.force_authenticate(administrator())
    suggested(test_client, "g")

    with django_assert_max_num_queries(3):
        suggested(test_client, "ge")


@pytest.mark.usefixtures("published")
def test_suggestions_are_made_once_for_a_corpus() -> None:
    corpus = corpora().published

    assert suggestions_of(corpus) is suggestions_of(corpus)
