"""What is embedded for servers and tools."""

from dataclasses import replace

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


def test_a_server_is_its_name_title_description_category_and_aliases() -> None:
    text = texts.server_text(server(), aliases=["wx", "sky"])

    assert text.full == (
        "weather_service: Weather. Forecasts for any place. Environment. Alias: sky, wx."
    )
    assert text.description == "Weather. Forecasts for any place."
    assert text.name == "weather service"


def test_a_tool_is_its_name_description_and_the_server() -> None:
    text = texts.tool_text(tool(), server=server())

    assert text.full == "get_Forecast: What the sky will do. Server: Weather."
    assert text.description == "What the sky will do."
    assert text.name == "get Forecast"


def test_what_says_nothing_or_repeats_is_left_out() -> None:
    bare = server(title="Weather", description="Weather.", category="")

    assert texts.server_text(bare).full == "weather_service: Weather."


def test_where_a_part_is_missing_the_full_text_stands_for_it() -> None:
    text = texts.tool_text(tool(name="__", description=""), server=server())

    assert (text.description, text.name) == ("", "")
    assert text.parts == (text.full, text.full, text.full)


def test_the_words_of_a_server_are_all_by_which_people_know_and_mark_it() -> None:
    labelled = server()
    labelled.labels = {"tier": "gold"}

    words = texts.server_words(labelled, aliases=["wx"], tags=["outdoor"]).split()

    assert {"weather", "forecasts", "environment", "wx", "gold", "outdoor"} <= set(words)


def test_the_words_of_a_tool_are_those_of_its_arguments_and_its_server_too() -> None:
    words = texts.tool_words(tool(), server=server(), aliases=["wx"]).split()

    assert {"forecast", "sky", "place", "days", "weather", "wx"} <= set(words)


def test_in_whatever_order_marks_are_read_the_words_are_the_same() -> None:
    one = texts.server_words(server(), aliases=["a1", "b2"], tags=["x", "y"])

    assert texts.server_words(server(), aliases=["b2", "a1"], tags=["y", "x"]) == one


def test_texts_are_bounded_however_much_a_server_says() -> None:
    properties = {f"argument_{n}": {"description": "d" * 500} for n in range(500)}
    talkative = tool(
        description="word " * 50_000, definition={"inputSchema": {"properties": properties}}
    )

    text = texts.tool_text(talkative, server=server())

    assert max(map(len, text.parts)) <= texts.LONGEST_TEXT
    assert len(texts.tool_words(talkative, server=server())) < 3 * texts.LONGEST_TEXT


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


@pytest.mark.parametrize("changed", ["full", "description", "name"])
def test_texts_that_differ_in_any_part_have_different_hashes(changed: str) -> None:
    text = texts.Text(full="a", description="b", name="c")

    other = replace(text, **{changed: "another"})

    assert texts.text_hash(text) != texts.text_hash(other)
    assert len(texts.text_hash(text)) == 64
