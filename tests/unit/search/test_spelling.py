"""What is spelled nearly as what was typed."""

from itertools import product

import pytest
from rapidfuzz.distance import OSA

from search.lexical.spelling import Spelling

FORMS = sorted(
    [
        "calendar",
        "calendars",
        "forecast",
        "map",
        "maps",
        "mail",
        "weather",
        "погода",
        "web",
        "xml",
        "网页",
    ]
)


def near(typed: str) -> dict[str, int]:
    return {FORMS[found.place]: found.distance for found in Spelling(FORMS).near(typed)}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wether", "weather"),
        ("weeather", "weather"),
        ("waether", "weather"),
        ("weathet", "weather"),
        ("qeather", "weather"),
        ("mial", "mail"),
        ("пагода", "погода"),
    ],
)
def test_one_letter_dropped_added_swapped_or_replaced(typed: str, meant: str) -> None:
    assert near(typed) == {meant: 1}


def test_two_mistakes_only_in_long_words() -> None:
    assert near("calandr") == {}
    assert near("calandear") == {"calendar": 2}
    assert near("calendarr") == {"calendar": 1, "calendars": 1}


@pytest.mark.parametrize("typed", ["mab", "wb", "m", "", "网"])
def test_short_words_are_not_mistyped(typed: str) -> None:
    assert near(typed) == {}


def test_what_is_spelled_right_is_no_mistake_away() -> None:
    assert near("forecast") == {"forecast": 0}


def test_nothing_is_near_in_an_empty_vocabulary() -> None:
    assert Spelling([]).near("weather") == []
    assert len(Spelling([]).starting_with("weather")) == 0


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("calend", ["calendar", "calendars"]),
        ("map", ["map", "maps"]),
        ("w", ["weather", "web"]),
        ("网", ["网页"]),
        ("x", ["xml"]),
        ("q", []),
    ],
)
def test_beginnings(typed: str, expected: list[str]) -> None:
    assert [FORMS[place] for place in Spelling(FORMS).starting_with(typed)] == expected


@pytest.mark.parametrize("typed", ["abca", "zbcab", "cabbac", "abcdefgh", "bcadefgha", "aaaaaaaa"])
def test_no_near_form_is_missed(typed: str) -> None:
    beginnings = ["".join(letters) for n in (4, 5, 6) for letters in product("abc", repeat=n)]
    forms = sorted(beginnings + [f"{each[:3]}def{each[3:]}" for each in beginnings])
    most = 1 if len(typed) <= 7 else 2

    found = dict(Spelling(forms).near(typed))

    distances = {place: OSA.distance(typed, form) for place, form in enumerate(forms)}
    assert found == {place: far for place, far in distances.items() if far <= most}
    assert found
