"""What is embedded for servers and tools."""

import pytest

from search import texts
from servers.models import Server, Tool
from tests.fixtures.factories import tool_definition


def server(**changes: str) -> Server:
    return Server(
        **{
            "name": "org.example/weather-service",
            "title": "Weather",
            "description": "Forecasts for any place.",
            "category": "Environment",
        }
        | changes
    )


def tool(**changes: object) -> Tool:
    definition = tool_definition(
        "getForecast",
        inputSchema={
            "type": "object",
            "properties": {
                "placeName": {"type": "string", "description": "Where it is"},
                "days": {"type": "integer"},
            },
        },
    )
    columns = {"name": "getForecast", "description": "What the sky will do.", "title": ""}
    return Tool(**columns | {"definition": definition} | changes)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("getForecast", "get_Forecast"),
        ("get_forecast", "get_forecast"),
        ("get-forecast.by/city", "get_forecast_by_city"),
        ("getHTTPResponse2", "get_HTTP_Response2"),
        ("plain", "plain"),
        ("__odd__", "odd"),
        ("", ""),
    ],
)
def test_identifiers_of_every_style_become_snake_case(name: str, expected: str) -> None:
    assert texts.snake_case(name) == expected


def test_a_server_is_its_name_title_description_and_category() -> None:
    expected = "weather_service: Weather. Forecasts for any place. Environment."

    assert texts.server_text(server()) == expected


def test_a_tool_is_its_name_description_arguments_and_the_server() -> None:
    assert texts.tool_text(tool(), server=server()) == (
        "get_Forecast: What the sky will do. Arguments: place_Name (Where it is), days. "
        "Server: Weather."
    )


def test_what_says_nothing_or_repeats_is_left_out() -> None:
    bare = server(title="Weather", description="Weather.", category="")

    assert texts.server_text(bare) == "weather_service: Weather."


def test_texts_are_bounded_however_much_a_server_says() -> None:
    properties = {f"argument_{n}": {"description": "d" * 500} for n in range(500)}
    talkative = tool(
        description="word " * 50_000, definition={"inputSchema": {"properties": properties}}
    )

    text = texts.tool_text(talkative, server=server())

    assert len(text) <= texts.LONGEST_TEXT
    assert "Arguments: argument_0" in text


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"inputSchema": None},
        {"inputSchema": {"properties": []}},
        {"inputSchema": {"properties": {"a": True, "b": {"description": 7}}}},
    ],
)
def test_schemas_of_any_shape_are_survived(definition: dict[str, object]) -> None:
    assert texts.tool_text(tool(definition=definition), server=server())


def test_texts_that_read_the_same_are_the_same() -> None:
    composed, decomposed = "Caf\u00e9  menu\n", "Cafe\u0301 menu"

    assert texts.normalised(composed) == texts.normalised(decomposed)


def test_lone_surrogates_are_dropped() -> None:
    assert texts.normalised("a\ud800b") == "ab"


def test_different_texts_have_different_hashes() -> None:
    assert texts.text_hash("a") != texts.text_hash("b")
    assert len(texts.text_hash("a")) == 64
