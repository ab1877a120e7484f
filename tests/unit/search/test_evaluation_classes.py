"""The queries made from a catalogue, and the fit of scores."""

from random import Random
from typing import Any

import numpy as np
import pytest

from scripts.query_classes import mistype, other_languages, query_classes, reworded
from scripts.score_fit import JudgedResults, calibration_error, fitted

TOOLS: list[dict[str, Any]] = [
    {
        "id": "sky#get_forecast",
        "name": "get_forecast",
        "description": "Get the weather forecast of specific coordinates anywhere on earth.",
        "server": "Sky",
    },
    {
        "id": "moon#get-forecast",
        "name": "get-forecast",
        "description": "Get the latest news about craters and eclipses this month.",
        "server": "Moon",
    },
]


def test_the_classes_are_the_same_every_time() -> None:
    assert query_classes(TOOLS) == query_classes(TOOLS)


def test_every_name_is_asked_for_exactly_and_mistyped() -> None:
    classes = query_classes(TOOLS)

    assert [query["query"] for query in classes["exact name"]] == ["get_forecast", "get-forecast"]
    # Names that differ by a separator are one to somebody who mistypes them.
    assert [query["relevant"] for query in classes["typo"]] == [[tool["id"] for tool in TOOLS]]


@pytest.mark.parametrize("name", ["rain", "aaaa", "get_forecast"])
def test_a_mistyped_name_is_another_of_about_the_length(name: str) -> None:
    random = Random(1)  # noqa: S311 - repeatable, and no secret
    slips = {mistype(name, random) for _ in range(100)}

    assert name not in slips
    assert {len(slip) - len(name) for slip in slips} == {-1, 0, 1}


def test_a_paraphrase_has_neither_the_name_nor_the_usual_words() -> None:
    assert reworded(TOOLS[0]) == (
        "fetch the conditions outside of particular coordinates anywhere on earth"
    )


def test_a_description_of_too_few_words_has_no_paraphrase() -> None:
    assert reworded({"name": "add", "description": "Add two numbers."}) == ""


def test_two_intents_are_of_two_servers() -> None:
    (query,) = query_classes(TOOLS)["two intents"]

    assert query["relevant"] == sorted(tool["id"] for tool in TOOLS)


def test_other_languages_ask_for_what_names_say() -> None:
    weather = other_languages(TOOLS)[0]

    assert weather["relevant"] == [tool["id"] for tool in TOOLS]


def test_nothing_answers_nonsense() -> None:
    classes = query_classes(TOOLS)

    for name in ("letter strings", "pseudo words", "word salad"):
        assert len(classes[name]) == 200
        assert not any(query["relevant"] for query in classes[name])


def test_the_fit_finds_the_curve_that_made_the_judgements() -> None:
    random = np.random.default_rng(1)
    relevance = random.uniform(0, 2, 20_000)
    right = random.random(20_000) < 1 / (1 + np.exp(-5 * (relevance - 1.1)))
    results = JudgedResults(relevance, right.astype(float), np.ones(20_000))

    slope, middle = fitted(results)

    assert slope == pytest.approx(5, abs=0.2)
    assert middle == pytest.approx(1.1, abs=0.02)
    assert calibration_error(results) > 0.01
