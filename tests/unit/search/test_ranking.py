"""The order of what is found: meaning and words together, names before everything."""

import math

import pytest

from search.matches import Kind
from search.ranking import MOST_FOUND, SERVER_OF_TOOL, WORDS_WEIGHT, Found, fitting, rank
from tests.unit.search.corpora import Entry, asking, corpus, everything_of

BOTH = tuple(Kind)
TOOLS, SERVERS = (Kind.TOOL,), (Kind.SERVER,)


def entries(found: list[Found]) -> list[int]:
    return [each.entry for each in found]


def test_the_nearest_in_meaning_comes_first_with_its_cosine() -> None:
    far = Entry(1, "far", server=1, tool=11, direction=60)
    near = Entry(2, "near", server=1, tool=12, direction=30)

    found = rank("x", [asking()], everything_of(corpus(far, near)), TOOLS)

    assert entries(found) == [2, 1]
    assert found[0].cosine == pytest.approx(math.cos(math.radians(30)))
    assert found[0].relevance == pytest.approx(found[0].cosine)
    assert found[0].coverage == 0


def test_words_said_make_up_for_some_distance_in_meaning() -> None:
    near = Entry(1, "near", server=1, tool=11, direction=40)
    said = Entry(2, "said", server=1, tool=12, direction=50, words="rain")

    found = rank("rain", [asking(rain=1.0)], everything_of(corpus(near, said)), TOOLS)

    assert entries(found) == [2, 1]
    best = found[0]
    assert 0 < best.coverage <= 1
    assert best.relevance == pytest.approx(best.cosine + WORDS_WEIGHT * best.coverage)


def test_without_a_vector_words_alone_decide() -> None:
    said = Entry(1, "said", server=1, tool=11, words="rain")
    silent = Entry(2, "silent", server=1, tool=12, words="snow")

    found = rank("rain", [asking(None, rain=1.0)], everything_of(corpus(said, silent)), TOOLS)

    assert entries(found) == [1]
    assert found[0].cosine == 0


@pytest.mark.parametrize(
    ("query", "called"), [("getUser", 2), ("get_user", 1), ("GET USER", 1), ("get", 0)]
)
def test_what_is_called_so_comes_first_however_little_it_resembles(query: str, called: int) -> None:
    named = Entry(1, "getUser", server=1, tool=11, direction=170)
    near = Entry(2, "other", server=1, tool=12, direction=0)

    found = rank(query, [asking()], everything_of(corpus(named, near)), TOOLS)

    assert entries(found) == ([1, 2] if called else [2, 1])
    assert {each.entry: each.called for each in found}[1] == called


def test_the_very_spelling_comes_before_another_one_of_the_same_name() -> None:
    other = Entry(1, "get_user", server=1, tool=11, direction=0)
    typed = Entry(2, "getUser", server=2, tool=12, direction=90)

    found = rank("getUser", [asking()], everything_of(corpus(other, typed)), TOOLS)

    assert entries(found) == [2, 1]


def test_what_may_not_be_found_is_not_whatever_it_is_called() -> None:
    hidden = Entry(1, "secret", server=1, tool=11, direction=0, words="secret")
    seen = Entry(2, "seen", server=1, tool=12, direction=80)

    found = rank(
        "secret", [asking(secret=1.0)], everything_of(corpus(hidden, seen), but=[1]), TOOLS
    )

    assert entries(found) == [2]


def test_a_server_is_nearly_as_relevant_as_its_best_tool() -> None:
    server = Entry(1, "a/server", server=1, direction=90)
    tool = Entry(2, "tool", server=1, tool=12, direction=0)

    found = rank("x", [asking()], everything_of(corpus(server, tool)), BOTH)

    assert entries(found) == [2, 1]
    assert found[1].relevance == pytest.approx(SERVER_OF_TOOL)
    assert found[1].by_tool == 2


def test_a_server_that_says_it_itself_owes_nothing_to_its_tools() -> None:
    server = Entry(1, "a/server", server=1, direction=0)
    tool = Entry(2, "tool", server=1, tool=12, direction=30)

    found = rank("x", [asking()], everything_of(corpus(server, tool)), SERVERS)

    assert [(each.entry, each.by_tool) for each in found] == [(1, 0)]
    assert found[0].relevance == pytest.approx(1)


def test_a_hidden_tool_makes_no_server_relevant() -> None:
    server = Entry(1, "a/server", server=1, direction=90)
    tool = Entry(2, "tool", server=1, tool=12, direction=0)

    found = rank("x", [asking()], everything_of(corpus(server, tool), but=[2]), SERVERS)

    assert found[0].relevance == pytest.approx(0, abs=1e-6)


def test_the_tools_and_the_server_may_stand_in_different_corpora() -> None:
    published = corpus(Entry(1, "a/server", server=1, direction=90))
    fresh = corpus(Entry(7, "tool", server=1, tool=12, direction=0))

    found = rank("x", [asking()], everything_of(published, fresh), BOTH)

    assert entries(found) == [7, 1]
    assert found[1].by_tool == 7


def test_each_thing_asked_for_finds_its_own() -> None:
    weather = Entry(1, "weather", server=1, tool=11, direction=20)
    money = Entry(2, "money", server=2, tool=12, direction=-60)
    neither = Entry(3, "neither", server=3, tool=13, direction=100)
    parts = [asking(-20), asking(20, weight=0.9), asking(-60, weight=0.9)]

    found = rank("x", parts, everything_of(corpus(weather, money, neither)), TOOLS)

    assert set(entries(found)[:2]) == {1, 2}
    assert found[0].relevance == pytest.approx(0.9)


def test_what_a_filter_leaves_keeps_its_relevance() -> None:
    these = corpus(*[Entry(i, f"t{i}", server=1, tool=i, direction=i) for i in range(1, 60)])

    everything = rank("x", [asking()], everything_of(these), TOOLS)
    some = rank("x", [asking()], everything_of(these, but=range(1, 50)), TOOLS)

    assert [each for each in everything if each.entry >= 50] == some


def test_no_more_than_so_many_are_found() -> None:
    near = [Entry(i, f"t{i}", server=1, tool=i, direction=i / 9) for i in range(1, 400)]
    said = [Entry(i, f"t{i}", server=1, tool=i, words="rain") for i in range(400, 800)]

    scopes = everything_of(corpus(*near), corpus(*said))
    assert len(rank("x", [asking(rain=1.0)], scopes, TOOLS)) == MOST_FOUND


def test_nothing_is_found_in_nothing() -> None:
    assert rank("x", [asking(rain=1.0)], everything_of(corpus()), BOTH) == []
    assert rank("x", [asking(rain=1.0)], [], BOTH) == []


def test_what_hardly_resembles_is_no_answer_but_what_is_called_so_is() -> None:
    named = Entry(1, "secret", server=1, tool=11, direction=90)
    far = Entry(2, "far", server=1, tool=12, direction=89)

    found = rank("secret", [asking()], everything_of(corpus(named, far)), TOOLS)

    assert entries(fitting(found, entries=5_000, words=asking().words)) == [1]


def test_behind_an_answer_stands_what_resembles_less() -> None:
    near = Entry(1, "near", server=1, tool=11, direction=20)
    far = Entry(2, "far", server=1, tool=12, direction=89)

    found = rank("x", [asking()], everything_of(corpus(near, far)), TOOLS)

    assert entries(fitting(found, entries=5_000, words=asking().words)) == [1, 2]
