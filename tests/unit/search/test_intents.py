"""When a request is several wishes."""

import pytest

from search.intents import WEIGHT_OF_PART, split, wishes_of
from search.lexical import LexicalIndex, document_words

FLIGHT = "search cheap flights between two airports"
TABLE = "reserve a table in a restaurant nearby"
INDEX = LexicalIndex.build(
    [
        document_words("search_flights", "Search cheap flights between airports"),
        document_words("reserve_table", "Reserve a table in a restaurant"),
        document_words("plan_evening", "Plan a whole evening out in a city"),
    ]
)


@pytest.mark.parametrize("joint", [" and then ", ". Then ", "; ", ", and also ", " and ", "\n"])
def test_a_request_is_taken_apart_where_one_wish_ends(joint: str) -> None:
    parts = split(f"{FLIGHT}{joint}{TABLE}")

    assert [part.lower().removeprefix("then ").rstrip(".") for part in parts] == [FLIGHT, TABLE]


@pytest.mark.parametrize(
    "query",
    ["", "weather", "bread and butter", f"{FLIGHT}. Can you help me?", f"Hello! {FLIGHT}", "; ;"],
)
def test_what_says_too_little_is_no_wish_of_its_own(query: str) -> None:
    assert split(query) == []


def test_two_things_that_two_entries_do_are_wished_for_one_by_one() -> None:
    query = f"{FLIGHT} and then {TABLE}"

    wishes = wishes_of(query, [INDEX])

    assert [wish.text for wish in wishes] == [query, FLIGHT, TABLE]
    assert [wish.weight for wish in wishes] == [1.0, WEIGHT_OF_PART, WEIGHT_OF_PART]


def test_one_thing_in_two_sentences_is_one_wish() -> None:
    query = "My daughter starts university abroad soon. Search cheap flights between two airports."

    assert [wish.text for wish in wishes_of(query, [INDEX])] == [query]


def test_where_there_is_nothing_to_find_there_is_one_wish() -> None:
    empty = LexicalIndex.build([])

    assert len(wishes_of(f"{FLIGHT} and then {TABLE}", [empty])) == 1


def test_newer_entries_count_as_the_published_ones_do() -> None:
    published = LexicalIndex.build(
        [
            document_words("search_flights", "Search cheap flights between airports"),
            document_words("plan_evening", "Plan a whole evening out in a city"),
        ]
    )
    fresh = LexicalIndex.build([document_words("reserve_table", "Reserve a table in a restaurant")])

    assert len(wishes_of(f"{FLIGHT} and then {TABLE}", [published, fresh])) == 3
