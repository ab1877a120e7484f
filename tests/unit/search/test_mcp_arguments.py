"""What an agent's arguments are held to, and what it is told when they do not fit."""

from typing import Any

import pytest

from search.mcp.arguments import (
    Arguments,
    CheckHealth,
    FindServers,
    FindTools,
    GetServer,
    GetTool,
    InvalidArguments,
    ListCategories,
    parsed,
    schema_of,
)

MODELS: list[type[Arguments]] = [
    FindTools,
    FindServers,
    GetServer,
    GetTool,
    ListCategories,
    CheckHealth,
]


def sentence(model: type[Arguments], given: dict[str, Any]) -> str:
    with pytest.raises(InvalidArguments) as refusal:
        parsed(model, given)
    return str(refusal.value)


def test_what_is_left_out_or_null_is_as_usual() -> None:
    assert parsed(FindTools, {"query": "mail", "server": None, "limit": None}) == parsed(
        FindTools, {"query": "mail"}
    )
    assert parsed(FindTools, {"query": "mail"}).limit == 5


def test_a_number_in_quotes_is_a_number() -> None:
    assert parsed(FindTools, {"query": "mail", "limit": "7"}).limit == 7


def test_what_is_missing_is_named() -> None:
    assert sentence(GetTool, {"server": "a/b"}) == "The argument tool is missing."


def test_what_does_not_exist_is_named_with_what_does() -> None:
    told = sentence(CheckHealth, {"server": "a/b", "name": "x"})
    assert told == "There is no argument name; there are: server."


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"query": ""}, "query"),
        ({"query": "x" * 2_001}, "query"),
        ({"query": ["x"]}, "query"),
        ({"query": "x", "limit": 0}, "limit"),
        ({"query": "x", "limit": 21}, "limit"),
        ({"query": "x", "limit": "many"}, "limit"),
        ({"query": "x", "read_only": "perhaps"}, "read_only"),
        ({"query": "x", "tag": "x" * 51}, "tag"),
    ],
)
def test_what_does_not_fit_is_named_in_one_sentence(given: dict[str, Any], names: str) -> None:
    told = sentence(FindTools, given)
    assert told.startswith(f"The argument {names} does not fit: ")
    assert "\n" not in told
    assert "pydantic" not in told


def test_several_mistakes_are_told_at_once() -> None:
    told = sentence(GetTool, {"foo": 1})
    assert told.count(".") >= 3


@pytest.mark.parametrize("model", MODELS)
def test_schemas_are_plain_enough_for_every_model(model: type[Arguments]) -> None:
    schema = schema_of(model)
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    for argument in schema["properties"].values():
        assert argument["type"] in ("string", "integer", "boolean")
        assert argument["description"]
        assert "title" not in argument
        assert "anyOf" not in argument


def test_every_text_is_bounded() -> None:
    texts = [
        argument
        for model in MODELS
        for argument in schema_of(model)["properties"].values()
        if argument["type"] == "string"
    ]
    assert texts
    assert all("maxLength" in argument or "enum" in argument for argument in texts)
