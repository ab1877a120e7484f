"""accounts.access: patterns and scopes, before anybody asks the database."""

import pytest

from accounts.access import (
    Action,
    InvalidPattern,
    InvalidScope,
    Role,
    Scope,
    parse_scopes,
    patterns_of,
    server_pattern,
    tool_pattern,
)


@pytest.mark.parametrize("text", ["*", "com.example/*", "com.example/clock", "a/b", "A.B/C_d"])
def test_a_pattern_is_kept_in_lower_case(text: str) -> None:
    assert server_pattern(f" {text} ") == text.lower()


@pytest.mark.parametrize(
    "text",
    ["", "**", "com.example", "com.example/", "/clock", "*/clock", "com.*/clock", "com.example/c*",
     "com.example/a/b", "com.example./*", "ä/*", "a b/*", "a/" + "b" * 200, "a/b\n"[:-1] + "\x00"],
)  # fmt: skip
def test_any_other_wildcard_is_refused(text: str) -> None:
    with pytest.raises(InvalidPattern):
        server_pattern(text)


def test_a_name_is_covered_by_itself_its_namespace_and_everything() -> None:
    assert patterns_of("a.B/x") == ("a.b/x", "a.b/*", "*")
    assert "a.b/*" not in patterns_of("a.bc/x")


@pytest.mark.parametrize(
    ("text", "pattern"), [("", ""), ("*", ""), (" get ", "get"), ("get_*", "get_*")]
)
def test_a_tool_pattern_is_a_name_or_its_beginning(text: str, pattern: str) -> None:
    assert tool_pattern(text) == pattern


@pytest.mark.parametrize("text", ["**", "*x", "a*b", "a b", "a\x00", "a" * 201])
def test_any_other_tool_pattern_is_refused(text: str) -> None:
    with pytest.raises(InvalidPattern):
        tool_pattern(text)


def test_scopes_are_sorted_without_repeats_in_one_spelling() -> None:
    scopes = parse_scopes(["view", "call:COM.example/*", "view:*", "view"])

    assert [str(scope) for scope in scopes] == ["call:com.example/*", "view"]


@pytest.mark.parametrize("text", ["", "see", "view:", "view:**", ":a/b", "view:a/b:c", "view a/b"])
def test_what_is_no_scope_is_refused(text: str) -> None:
    with pytest.raises(InvalidScope):
        parse_scopes([text])


@pytest.mark.parametrize(
    ("wide", "narrow", "included"),
    [
        ("view", "view:a.b/*", True),
        ("view:a.b/*", "view:a.b/x", True),
        ("edit:a.b/*", "view:a.b/x", True),
        ("view:a.b/*", "view", False),
        ("view:a.b/x", "view:a.b/*", False),
        ("view:a.b/*", "view:a.bc/x", False),
        ("view", "edit:a.b/x", False),
        ("register", "view", False),
    ],
)
def test_a_scope_includes_what_it_would_let_through(wide: str, narrow: str, included: bool) -> None:
    assert Scope.parse(wide).includes(Scope.parse(narrow)) is included


def test_each_role_includes_the_one_before() -> None:
    roles = [role.actions for role in Role]

    assert all(lower < higher for lower, higher in zip(roles, roles[1:], strict=False))
    assert Role.ADMIN.actions == frozenset(Action)
