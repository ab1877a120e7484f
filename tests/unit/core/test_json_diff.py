"""Two JSON values field by field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_site.lib.json_diff import Change, Difference, diff, in_words

scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "a", "b.c"]), inner, max_size=3)
    ),
)


def changed(path: str, before: Any, after: Any) -> Difference:
    return Difference(path=path, change=Change.CHANGED, before=before, after=after)


def test_a_changed_field_is_named_by_its_path() -> None:
    before = {"title": "Rain", "repository": {"url": "https://a", "source": "git"}}
    after = {"title": "Rain", "repository": {"url": "https://b", "source": "git"}}

    assert diff(before, after) == [changed("repository.url", "https://a", "https://b")]


def test_what_stands_on_one_side_only_is_one_difference() -> None:
    assert diff({"old": {"a": 1}}, {"new": [{"a": 1}]}) == [
        Difference(path="new", change=Change.ADDED, after=[{"a": 1}]),
        Difference(path="old", change=Change.REMOVED, before={"a": 1}),
    ]


def test_null_is_a_value_and_not_an_absence() -> None:
    assert diff({}, {"a": None}) == [Difference(path="a", change=Change.ADDED)]
    assert diff({"a": None}, {"a": 1}) == [changed("a", None, 1)]


def test_objects_with_names_are_compared_with_their_like() -> None:
    before = {"headers": [{"name": "X-Key"}, {"name": "X-Place", "default": "sea"}]}
    after = {"headers": [{"name": "X-New"}, {"name": "X-Place", "default": "sky"}]}

    assert diff(before, after) == [
        Difference(path="headers[name=X-Key]", change=Change.REMOVED, before={"name": "X-Key"}),
        changed("headers[name=X-Place].default", "sea", "sky"),
        Difference(path="headers[name=X-New]", change=Change.ADDED, after={"name": "X-New"}),
    ]


def test_packages_are_known_by_their_identifiers() -> None:
    before = [{"identifier": "a", "version": "1"}, {"identifier": "b", "version": "1"}]
    after = [{"identifier": "b", "version": "2"}]

    assert [each.path for each in diff(before, after)] == [
        "[identifier=a]",
        "[identifier=b].version",
    ]


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        ([{"url": "a"}], [{"url": "b"}], ["[0].url"]),
        ([{"name": "a"}, {"name": "a", "x": 1}], [{"name": "a"}], ["[1]"]),
        ([{"name": "a"}, {"name": "b"}], [{"name": "b"}, {"name": "a"}], ["[0].name", "[1].name"]),
        ([{"name": 1}], [{"name": 2}], ["[0].name"]),
    ],
)
def test_objects_without_a_key_of_their_own_are_compared_by_place(
    before: Any, after: Any, paths: list[str]
) -> None:
    assert [each.path for each in diff(before, after)] == paths


def test_a_list_of_plain_values_is_one_value() -> None:
    assert diff({"required": ["a"]}, {"required": ["a", "b"]}) == [
        changed("required", ["a"], ["a", "b"])
    ]


def test_a_key_that_looks_like_a_path_is_quoted() -> None:
    assert diff({"a.b": {"c d": 1}}, {"a.b": {"c d": 2}}) == [changed('["a.b"]["c d"]', 1, 2)]


def test_true_and_one_are_two_things() -> None:
    assert diff({"default": 1}, {"default": True}) == [changed("default", 1, True)]


def test_the_order_of_keys_says_nothing() -> None:
    assert diff({"a": 1, "b": {"c": 1, "d": 2}}, {"b": {"d": 2, "c": 1}, "a": 1}) == []


def test_deep_nesting_is_compared() -> None:
    deep: Any = 1
    for _ in range(200):
        deep = {"a": deep}

    [difference] = diff(deep, {"a": 2})

    assert difference.path == "a"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"a": 1}, {"a": None}, "a: 1 -> null"),
        ({}, {"a": {"b": "c\n"}}, 'a: + {"b":"c\\n"}'),
        ({"a": ["1234567890"]}, {}, 'a: - ["12345678…'),
        (1, 2, "all of it: 1 -> 2"),
    ],
)
def test_a_difference_is_said_in_one_short_line(before: Any, after: Any, words: str) -> None:
    assert [in_words(each, longest=11) for each in diff(before, after)] == [words]


@given(values, values)
def test_only_equal_values_show_no_difference(before: Any, after: Any) -> None:
    assert (diff(before, after) == []) == (repr(_sorted(before)) == repr(_sorted(after)))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return [(key, _sorted(value[key])) for key in sorted(value)]
    return tuple(_sorted(item) for item in value) if isinstance(value, list) else value
