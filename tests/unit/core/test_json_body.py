"""registry_site.lib.json_body: what a request body may look like."""

import io
from typing import Any

import pytest
from pytest_django.fixtures import Settings
from rest_framework.exceptions import ParseError

from registry_site.lib.json_body import (
    DEEPEST_NESTING,
    BodyTooLarge,
    JSONBodyParser,
    load_json,
    nesting_exceeds,
)


def test_utf8_json_is_parsed() -> None:
    assert JSONBodyParser().parse(io.BytesIO('{"name": "Zürich"}'.encode())) == {"name": "Zürich"}


def test_a_body_at_the_limit_is_read_and_one_byte_more_is_refused(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 4

    assert JSONBodyParser().parse(io.BytesIO(b'"ab"')) == "ab"
    with pytest.raises(BodyTooLarge) as refused:
        JSONBodyParser().parse(io.BytesIO(b'"abc"'))
    assert refused.value.status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="unfinished"),
        pytest.param(b"NaN", id="not a number"),
        pytest.param(b"1e999", id="more than a double holds"),
        pytest.param(b'"\\ud800"', id="lone surrogate"),
        pytest.param(b'"\xff"', id="not UTF-8"),
        pytest.param(b'{"a": "\\u0000"}', id="null character"),
        pytest.param(b'{"\\u0000": 1}', id="null character in a key"),
        pytest.param(b"[" * 100_000, id="deeper than the parser goes"),
    ],
)
def test_malformed_json_is_refused_with_a_sentence(body: bytes) -> None:
    with pytest.raises(ParseError, match=r"^Malformed JSON: .*\.$"):
        load_json(body)


def test_a_backslash_before_the_letters_u0000_is_no_null_character() -> None:
    assert load_json(rb'"\\u0000"') == r"\u0000"
    with pytest.raises(ParseError):
        load_json(rb'"\\\u0000"')


def test_nesting_is_refused_from_one_level_too_many() -> None:
    assert load_json(nested(DEEPEST_NESTING)) is not None
    with pytest.raises(ParseError, match="nested deeper than 64 levels"):
        load_json(nested(DEEPEST_NESTING + 1))


@pytest.mark.parametrize(
    ("value", "levels"), [(1, 0), ({}, 1), ([1, {"a": []}], 3), ({"a": 1, "b": [[]]}, 3)]
)
def test_levels_are_counted_along_the_deepest_branch(value: Any, levels: int) -> None:
    assert not nesting_exceeds(value, levels)
    assert levels == 0 or nesting_exceeds(value, levels - 1)


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels
