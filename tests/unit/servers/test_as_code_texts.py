"""YAML and JSON files as JSON values, with the lines of their parts, and back."""

from typing import Any

import pytest
import yaml

from servers.as_code.texts import MalformedText, dump_yaml, parse_json, parse_yaml

# What YAML 1.1, or 1.2, or both take for something else than a string where it is not quoted.
WORDS = """
    no on off yes true True null ~ 1.10 1.0.0 007 0x1F 0o14 0b1 1e3 1_000 .5 +1 -0 .inf .nan
    2025-01-01 2025-01-01T00:00:00Z 12:30:45 = << - -- --- ... ? : | > % @ ` ! !t &a *a {a} [a] #
"""
LOOK_ALIKES = WORDS.split()
TEXTS = [
    *LOOK_ALIKES,
    "",
    " leading and trailing ",
    "key: value # comment",
    "two\nlines",
    "two\nlines\n",
    "\n\nblank lines before and after\n\n",
    "  indented\n    more\n",
    "trailing space \nbefore a line break",
    "tab\tand\n\ttab",
    "carriage\r\nreturn",
    "“quotes” 'single' \"double\" \\",
    "漢字 é ü 😀 \u00a0 \u2028 \u200b \ufeff \x85",
    "control \x1b \x7f",
    "long " * 500,
]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_every_text_survives_as_a_value_as_a_key_and_in_a_list(text: str) -> None:
    for value in (text, [text], {text: text}, {"a": [{"b": text}]}):
        written = dump_yaml(value)
        assert parse_yaml(written).value == value
        assert dump_yaml(parse_yaml(written).value) == written


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_a_reader_of_yaml_1_1_reads_the_same(text: str) -> None:
    assert yaml.safe_load(dump_yaml([text])) == [text]


@pytest.mark.parametrize(
    "value", [None, True, False, 0, -3, 2**63 - 1, 1.5, 1e300, 1e-7, 1e16, {}, [], {"a": [[], {}]}]
)
def test_every_other_value_survives_with_its_type(value: Any) -> None:
    read = parse_yaml(dump_yaml(value)).value

    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("plain", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("2025-01-01", "2025-01-01"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("1.0.0", "1.0.0"),
        ("1.10", 1.1),
        ("0x1F", 31),
        ("~", None),
        ("True", True),
    ],
)
def test_plain_words_are_read_as_yaml_1_2_has_it(plain: str, value: Any) -> None:
    assert parse_yaml(plain).value == value


def test_the_order_of_keys_is_kept() -> None:
    assert list(parse_yaml("b: 1\na: 2\nc: 3\n").value) == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a: &x 1\nb: *x\n", 1, "Anchors and aliases are not allowed."),
        ("a: 1\nb: *x\n", 2, "Anchors and aliases are not allowed."),
        ("a: !!str 1\n", 1, "Tags are not allowed."),
        ("a: !!python/object:os.system x\n", 1, "Tags are not allowed."),
        ("a: 1\nb: 2\na: 3\n", 3, "stands twice in one object."),
        ("? [a]\n: 1\n", 1, "A key must be a string."),
        ("a: .inf\n", 1, ".inf is no number of JSON."),
        ("a: 1e999\n", 1, "1e999 is no number of JSON."),
        (f"a: {2**63}\n", 1, "too large a number: quote it."),
        ("--- 1\n--- 2\n", 2, "holds more than one YAML document."),
        ("a: 1\nb: [\n", 3, "is not YAML"),
        ("a: 1\n\tb: 2\n", 2, "is not YAML"),
        ('a: "\\0"\n', 1, "The character U+0000 cannot be stored."),
        ('a: "\\ud800"\n', 1, "is not YAML"),
        ("a\x00b", 1, "is not YAML"),
        ("[" * 100 + "]" * 100, 1, "is nested deeper than 64 levels."),
        ("- " * 1000 + "a", 1, "is nested deeper than 64 levels."),
    ],
)
def test_what_json_has_no_counterpart_for_is_refused_with_its_line(
    text: str, line: int, reason: str
) -> None:
    with pytest.raises(MalformedText) as refused:
        parse_yaml(text)

    assert reason in str(refused.value)
    assert refused.value.line == line


def test_a_line_is_found_by_the_path_of_what_begins_there() -> None:
    parsed = parse_yaml("registry:\n  team: ops\nversions:\n- server:\n    name: x\n- server: {}\n")

    lines = {
        path: parsed.line_of(path)
        for path in ("", "registry.team", "versions[0].server.name", "versions[1].server")
    }

    assert list(lines.values()) == [1, 2, 5, 6]


@pytest.mark.parametrize("path", ["versions[0].remotes[3].url", "versions[0].version"])
def test_of_what_is_absent_it_is_the_line_around_it(path: str) -> None:
    assert parse_yaml("a: 1\nversions:\n- name: x\n").line_of(path) == 3


def test_json_is_read_by_the_rules_of_json() -> None:
    parsed = parse_json('{"a":\n\t"\\ud83d\\ude00 no",\n\t"b": [1,\n2.50]}')

    assert parsed.value == {"a": "😀 no", "b": [1, 2.5]}


def test_json_has_lines_too() -> None:
    assert parse_json('{"a": 1,\n\t"b": [1,\n2]}').line_of("b[1]") == 3


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('{"a": 1,\n"b": NaN}', 2, "Malformed JSON"),
        ("{'a': 1}", 1, "Malformed JSON"),
        ('{"a": "\\u0000"}', 1, "U+0000"),
        ('{"a": 1,\n"a": 2}', 2, "stands twice in one object."),
        ("[" * 100 + "]" * 100, 1, "nested deeper than 64 levels"),
    ],
)
def test_what_is_no_json_is_refused_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(MalformedText, match=reason.replace("+", r"\+")) as refused:
        parse_json(text)

    assert refused.value.line == line
