"""What is similar to a server or a tool, as clients meet it."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from search.models import SearchEntry
from search.services import refresh_index
from servers.access import Visibility
from servers.models import Server, Tool
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import ServerFactory, ToolFactory
from tests.fixtures.indexing import index_catalogue

pytestmark = pytest.mark.django_db
WEATHER = "org.example/weather"
ADDRESS = f"/api/servers/{WEATHER}/similar"


def offer(name: str, description: str, **tools: str) -> Server:
    server = ServerFactory.create(name=name, description=description)
    for tool, said in tools.items():
        ToolFactory.create(server=server, name=tool, description=said)
    return server


@pytest.fixture(autouse=True)
def catalogue() -> None:
    offer(
        WEATHER,
        "Forecasts of rain and sun for any place.",
        get_forecast="Rain or sun for tomorrow at a place.",
        get_warnings="Rain or sun for tomorrow at a place, as a warning.",
    )
    offer(
        "org.example/climate",
        "Rain and sun for any place, years of them.",
        get_climate="Rain or sun at a place, years of them.",
    )
    offer("org.example/payments", "Charge cards.", charge_card="Charge the card of a customer.")


@pytest.fixture
def published() -> None:
    index_catalogue(now=NOW)


def similar(client: APIClient, **parameters: Any) -> list[tuple[str, str]]:
    answer = client.get(ADDRESS, parameters).json()
    assert not answer["degraded"]
    return [(it["server"], it["name"]) for it in answer["results"]]


@pytest.mark.usefixtures("published")
def test_the_nearest_server_comes_first_and_never_the_server_itself(
    test_client: APIClient,
) -> None:
    names = [name for _, name in similar(test_client)]

    assert names == ["org.example/climate", "org.example/payments"]


@pytest.mark.usefixtures("published")
def test_tools_are_those_of_other_servers(test_client: APIClient) -> None:
    assert similar(test_client, tool="get_forecast") == [
        ("org.example/climate", "get_climate"),
        ("org.example/payments", "charge_card"),
    ]


@pytest.mark.usefixtures("published")
def test_a_result_holds_what_a_client_needs(test_client: APIClient) -> None:
    result = test_client.get(f"{ADDRESS}/", {"tool": "get_forecast"}).json()["results"][0]

    assert 0 < result.pop("score") <= 1
    assert result == {
        "type": "tool",
        "name": "get_climate",
        "title": "",
        "description": "Rain or sun at a place, years of them.",
        "server": "org.example/climate",
        "url": "/api/servers/org.example/climate",
    }


@pytest.mark.usefixtures("published")
def test_scores_fall(test_client: APIClient) -> None:
    scores = [each["score"] for each in test_client.get(ADDRESS).json()["results"]]

    assert scores == sorted(scores, reverse=True)


@pytest.mark.usefixtures("published")
def test_a_limit_is_kept(test_client: APIClient) -> None:
    assert len(similar(test_client, limit=1)) == 1


@pytest.mark.usefixtures("published")
def test_what_is_hidden_is_not_similar_to_anything(test_client: APIClient) -> None:
    Server.objects.filter(name="org.example/climate").update(visibility=Visibility.PRIVATE)

    assert similar(test_client) == [("org.example/payments", "org.example/payments")]
    assert similar(test_client, tool="get_forecast") == [("org.example/payments", "charge_card")]


@pytest.mark.usefixtures("published")
def test_what_was_registered_since_is_there_beside_the_rest(test_client: APIClient) -> None:
    similar(test_client)
    offer("org.example/sky", "Forecasts of rain and sun for any place.")
    refresh_index(now=NOW)

    assert similar(test_client)[0] == ("org.example/sky", "org.example/sky")


@pytest.mark.usefixtures("published")
def test_the_case_of_the_name_does_not_count(test_client: APIClient) -> None:
    address = ADDRESS.replace("weather", "Weather")

    assert test_client.get(address).json() == test_client.get(ADDRESS).json()


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("asked", [{}, {"tool": "get_forecast"}])
def test_hidden_is_answered_as_absent(test_client: APIClient, asked: dict[str, str]) -> None:
    absent = test_client.get("/api/servers/org.example/absent/similar", asked)
    Server.objects.filter(name=WEATHER).update(visibility=Visibility.PRIVATE)
    hidden = test_client.get(ADDRESS, asked)

    assert absent.status_code == hidden.status_code == 404
    assert absent.json() == hidden.json()


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("change", [{"held": True}, {"removed_at": NOW}, {"name": "another"}])
def test_a_tool_that_is_not_shown_is_absent(test_client: APIClient, change: dict[str, Any]) -> None:
    Tool.objects.filter(name="get_forecast").update(**change)

    assert test_client.get(ADDRESS, {"tool": "get_forecast"}).status_code == 404


def test_without_an_index_nothing_is_compared(test_client: APIClient) -> None:
    answer = test_client.get(ADDRESS).json()

    assert answer["degraded"]
    assert answer["reason"]
    assert answer["results"] == []


@pytest.mark.usefixtures("published")
def test_what_is_not_indexed_yet_is_said_so(test_client: APIClient) -> None:
    SearchEntry.objects.filter(server__name=WEATHER).delete()

    assert "not indexed yet" in test_client.get(ADDRESS).json()["reason"]


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 51}, "limit"),
        ({"tool": "x" * 256}, "tool"),
        ({"q": "a"}, "q"),
    ],
)
def test_wrong_parameters_are_refused_by_name(
    test_client: APIClient, parameters: dict[str, Any], field: str
) -> None:
    answer = test_client.get(ADDRESS, parameters)

    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_a_tool_called_similar_is_reachable(test_client: APIClient) -> None:
    ToolFactory.create(server=Server.objects.get(name=WEATHER), name="days/similar")

    answer = test_client.get(f"/api/servers/{WEATHER}/tools/days/similar")

    assert answer.json()["name"] == "days/similar"
