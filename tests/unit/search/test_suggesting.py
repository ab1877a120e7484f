"""What is suggested for what is typed, and in which order."""

from collections.abc import Collection

import numpy as np
import pytest

from search.suggestions import Label, Sort, Suggestions, merged


def labels(*texts: str, sort: Sort = Sort.TOOL) -> list[Label]:
    return [Label(sort, text, row) for row, text in enumerate(texts)]


def texts_for(
    typed: str,
    found_in: Collection[Label],
    *,
    hidden: Collection[int] = (),
    sorts: Collection[Sort] = tuple(Sort),
    limit: int = 8,
) -> list[str]:
    mask = np.ones(max(label.row for label in found_in) + 1, dtype=bool)
    mask[list(hidden)] = False
    return [it.text for it in Suggestions(found_in).find(typed, mask, sorts, limit)]


def test_what_begins_so_is_found_whatever_its_case() -> None:
    assert texts_for("get", labels("getWeather", "Get_Time", "forget")) == [
        "Get_Time",
        "getWeather",
    ]


@pytest.mark.parametrize("name", ["list_issues", "list-issues", "listIssues", "list issues"])
def test_a_later_word_is_found_however_it_is_separated(name: str) -> None:
    assert texts_for("iss", labels(name)) == [name]


def test_a_letter_within_a_word_finds_nothing() -> None:
    assert texts_for("eather", labels("get_weather")) == []


def test_what_is_called_exactly_so_comes_first() -> None:
    often = [Label(Sort.TOOL, "git_log", row) for row in range(1, 5)]

    assert texts_for("git", [*often, Label(Sort.TOOL, "Git", 0)]) == ["Git", "git_log"]


def test_the_first_word_counts_before_a_later_one() -> None:
    assert texts_for("log", labels("git_log", "logs_of_everything")) == [
        "logs_of_everything",
        "git_log",
    ]


def test_what_more_servers_have_comes_before_what_is_shorter() -> None:
    twice = [Label(Sort.TOOL, "search_repositories", row) for row in (1, 2)]

    assert texts_for("sea", [Label(Sort.TOOL, "search", 0), *twice]) == [
        "search_repositories",
        "search",
    ]


def test_equal_names_are_one_with_the_number_of_those_that_are_seen() -> None:
    names = Suggestions(labels("get_time", "getTime", "get-time"))

    found = names.find("get", np.array([True, False, True]), tuple(Sort), 8)

    assert [(it.text, -it.rows) for it in found] == [("get_time", 2)]


def test_a_tool_whose_title_spells_its_name_counts_once() -> None:
    same = [Label(Sort.TOOL, text, row=0) for text in ("get_time", "Get time")]
    names = Suggestions([*same, Label(Sort.TOOL, "getTime", row=1)])

    found = names.find("get", np.array([True, True]), tuple(Sort), 8)

    assert [(it.text, -it.rows) for it in found] == [("get_time", 2)]


def test_what_is_hidden_is_not_suggested() -> None:
    assert texts_for("s", labels("secret", "shown"), hidden=[0]) == ["shown"]


def test_a_text_is_spelled_as_one_of_those_that_are_seen_spells_it() -> None:
    assert texts_for("get", labels("getSECRET", "get_secret"), hidden=[0]) == ["get_secret"]


def test_only_what_is_asked_for_is_suggested() -> None:
    mixed = [Label(Sort.TOOL, "maps", 0), Label(Sort.TAG, "maps", 0)]

    assert texts_for("map", mixed, sorts=[Sort.TAG]) == ["maps"]
    assert len(texts_for("map", mixed)) == 2


def test_a_server_is_found_by_its_name_its_owner_and_its_full_name() -> None:
    server = labels("io.github.acme/weather-mcp", sort=Sort.SERVER)

    assert texts_for("weath", server) == texts_for("mcp", server) == texts_for("ac", server)
    assert texts_for("weath", server) == [server[0].text]


def test_a_server_is_not_found_by_what_everybodys_namespace_begins_with() -> None:
    assert texts_for("github", labels("io.github.acme/weather", sort=Sort.SERVER)) == []


def test_a_limit_leaves_the_best() -> None:
    names = [f"get_{number:03}" for number in range(300)]

    assert texts_for("g", labels(*names, "go", "get"), limit=3) == ["go", "get", "get_000"]


def test_a_name_that_repeats_a_word_is_there_once() -> None:
    assert texts_for("a", labels("aa_ab_ac_ad", "b_a"), limit=2) == ["aa_ab_ac_ad", "b_a"]


def test_without_any_label_nothing_is_found() -> None:
    assert Suggestions([]).find("a", np.zeros(0, dtype=bool), tuple(Sort), 8) == []


def test_what_two_corpora_have_in_common_is_counted_together() -> None:
    everything = np.ones(3, dtype=bool)
    published = Suggestions(labels("get_time", "get_date", "getDate"))
    fresh = Suggestions(labels("get_time", "getTime"))

    found = merged(
        [
            *published.find("get", everything, tuple(Sort), 8),
            *fresh.find("get", everything[:2], tuple(Sort), 8),
        ],
        limit=8,
    )

    assert [(it.text, -it.rows) for it in found] == [("get_time", 3), ("get_date", 2)]
