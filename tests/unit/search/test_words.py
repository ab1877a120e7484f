"""Texts taken apart into words."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from search.corpus import folded
from search.lexical.words import (
    LONGEST_TEXT,
    LONGEST_WORD,
    document_words,
    forms_of,
    glued,
    parts_of,
    stem,
    tokens_of,
    words_of,
)
from tests.unit.search.corpora import Entry, corpus


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("get_user", ("get", "user")),
        ("get-user.by/id", ("get", "user", "by", "id")),
        ("getUserById", ("get", "user", "by", "id")),
        ("getHTTPResponse", ("get", "http", "response")),
        ("get_v2Users", ("get", "v2", "users")),
        ("LIST", ("list",)),
        ("s3 db k8s", ("s3", "db", "k8s")),
        ("gpt-4", ("gpt", "4")),
        ("IPv4 OAuth2 eBay", ("ipv4", "oauth2", "ebay")),
        ("macOS", ("mac", "os")),
    ],
)
def test_names_of_every_style_are_taken_apart(name: str, expected: tuple[str, ...]) -> None:
    parts = [part for token in tokens_of(name) for part in parts_of(token)]

    assert tuple(parts) == expected


def test_camel_case_is_found_in_parts_and_as_a_whole() -> None:
    assert forms_of("On GitHub") == ["git", "hub", "github"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Café ÅNGSTRÖM naïve", ["cafe", "angstrom", "naive"]),
        ("Cafe\u0301", ["cafe"]),
        ("Łódź Æsir Straße Øre", ["lodz", "aesir", "strasse", "ore"]),
        ("ﬁle Ｆｕｌｌ①", ["file", "full1"]),
        ("Ёлка Άθήνα", ["елка", "αθηνα"]),
    ],
)
def test_case_accents_and_kinds_of_letters_make_no_difference(
    text: str, expected: list[str]
) -> None:
    assert forms_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("東京の天気", ["東京", "京の", "の天", "天気"]),
        ("天", ["天"]),
        ("날씨를", ["날씨", "씨를"]),
        ("ip情报查询v2", ["ip", "情报", "报查", "查询", "v2"]),
        ("ไทย", ["ไท", "ทย"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("Погода сегодня", ["погода", "сегодня"]),
        ("כָּתַב", ["כתב"]),
        ("مُحَمَّد", ["محمد"]),
    ],
)
def test_every_script_has_words(text: str, expected: list[str]) -> None:
    assert forms_of(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("forecasts", "forecast"),
        ("searching the databases", "search database"),
        ("Translated", "translate"),
        ("it's the server's", "server"),
    ],
)
def test_inflections_make_no_difference(one: str, other: str) -> None:
    assert words_of(one) == words_of(other)


def test_only_english_words_are_stemmed() -> None:
    assert [stem(form) for form in ("k8s", "погоды", "情报")] == ["k8s", "погоды", "情报"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("what is the weather in Oslo?", ["weather", "oslo"]),
        ("I don't and I couldn't", ["i", "don", "and", "i", "couldn"]),
        ("what to do", ["what", "to", "do"]),
        ("", []),
        ("!?! … 👍", []),
        ("\ud800 \x00", []),
    ],
)
def test_stop_words_are_left_out_unless_there_is_nothing_else(
    text: str, expected: list[str]
) -> None:
    assert forms_of(text) == expected


def test_a_document_says_its_name_twice() -> None:
    assert document_words("getForecast", "Forecasts of weather").split() == [
        *("get", "forecast", "getforecast"),
        *("get", "forecast", "getforecast"),
        *("forecasts", "weather"),
    ]


def test_the_name_of_a_document_is_also_a_word() -> None:
    words = document_words("get_forecast").split()

    assert words == ["get", "forecast", "get", "forecast", "getforecast"]


def test_of_the_name_of_a_server_only_its_own_part_counts_twice() -> None:
    words = document_words("io.github.ada/rain-radar", "").split()

    assert words == ["rain", "radar", "rain", "radar", "rainradar", "ada"]


@pytest.mark.parametrize(
    ("namespace", "kept"),
    [("com.github.ada", "ada"), ("org.example", "example"), ("@ada", "ada"), ("io", "io")],
)
def test_what_thousands_of_namespaces_share_is_no_word(namespace: str, kept: str) -> None:
    assert document_words(f"{namespace}/rain") == f"rain rain {kept}"


def test_a_document_without_words_is_empty() -> None:
    assert document_words("", "") == ""
    assert document_words("/", "…") == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [("get_user", "getuser"), ("what to watch", "whattowatch"), ("user", ""), ("", "")],
)
def test_a_name_of_several_words_can_be_typed_as_one(name: str, expected: str) -> None:
    assert glued(name) == expected


def test_texts_and_words_are_bounded() -> None:
    assert max(map(len, words_of("a" * 1_000))) == LONGEST_WORD
    assert len("".join(words_of("ab " * LONGEST_TEXT))) <= LONGEST_TEXT
    assert len(words_of("天" * 10 * LONGEST_TEXT)) < LONGEST_TEXT
    assert glued("very_long_" * 20) == ""


def test_threads_may_stem_at_once() -> None:
    words = [f"{'abcdefghij'[n % 10] * (n // 10 + 1)}ings" for n in range(400)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(stem, words * 5))

    assert found == [stem(word) for word in words] * 5


@pytest.mark.parametrize(
    "typed", ["getUser", "get_user", "get-user", "get user", "GET.USER", "getuser", "ｇｅｔ_user"]
)
def test_names_are_equal_however_they_are_typed(typed: str) -> None:
    assert folded(typed) == folded("get_user")


@pytest.mark.parametrize(
    ("one", "other"), [("ada/user", "adauser"), ("user", "users"), ("-", "_"), ("a1", "a2")]
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert folded(one) != folded(other)


def test_rows_are_found_by_name_with_and_without_the_namespace() -> None:
    rows = corpus(
        Entry(1, "ada/rain-radar", server=1),
        Entry(2, "rainRadar", server=1, tool=1),
        Entry(3, "snow", server=2, tool=2),
    ).rows_of_names

    assert rows[folded("Ada/Rain_Radar")] == [0]
    assert rows[folded("rain radar")] == [0, 1]
    assert rows[folded("SNOW")] == [2]
