"""Characters nobody sees: refused in what is published, removed from what is imported."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servers.documents import (
    InvalidDocument,
    repair_document,
    validate_document,
    validate_imported,
)
from servers.documents.characters import hidden_in, without_hidden
from tests.fixtures.factories import document

HIDDEN = [
    ("\u202e", "U+202E RIGHT-TO-LEFT OVERRIDE"),
    ("\u2066", "U+2066 LEFT-TO-RIGHT ISOLATE"),
    ("\u200f", "U+200F RIGHT-TO-LEFT MARK"),
    ("\u200b", "U+200B ZERO WIDTH SPACE"),
    ("\u200d", "U+200D ZERO WIDTH JOINER"),
    ("\u2060", "U+2060 WORD JOINER"),
    ("\u00ad", "U+00AD SOFT HYPHEN"),
    ("\ufeff", "U+FEFF ZERO WIDTH NO-BREAK SPACE"),
    ("\u3164", "U+3164 HANGUL FILLER"),
    ("\x07", "U+0007 CONTROL CHARACTER"),
    ("\x1b", "U+001B CONTROL CHARACTER"),
    ("\ue000", "U+E000 PRIVATE USE CHARACTER"),
    ("\ud800", "U+D800 SURROGATE"),
    ("\ufe0f", "U+FE0F VARIATION SELECTOR-16"),
    ("\U000e0041", "U+E0041 TAG LATIN CAPITAL LETTER A"),
    ("\U000e0101", "U+E0101 VARIATION SELECTOR-18"),
]
SEEN = [
    "Forecasts for any place",
    "Two lines\nand\ta tab",
    "Größe, naïve, Ωmega",
    "❤️ ☁️ 1️⃣ #️⃣",
    "👨‍👩‍👧‍👦 🏳️‍🌈 👩🏽‍💻 🧑‍🚀",
    "🇩🇪 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "می‌خواهم",
    "क्‍ष and ക്‍",
    "שָׁלוֹם",
    "葛\U000e0100城",
    "100 %, 5 000",
    "\u06dd١",
]


def errors_of(changes: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidDocument) as refusal:
        validate_document(document(**changes))
    return {each.path: each.message for each in refusal.value.errors if each.rule == "hidden"}


@pytest.mark.parametrize(("character", "name"), HIDDEN)
def test_a_hidden_character_is_named_with_its_place(character: str, name: str) -> None:
    [message] = errors_of({"description": f"Fore{character}casts"}).values()

    assert message.startswith(f"has {name} at character 4, which ")


@pytest.mark.parametrize("text", SEEN)
def test_what_is_seen_is_published(text: str) -> None:
    validate_document(document(title=text, description=text))


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": "org.example/wea\u200bther"}, "name"),
        ({"title": "Weat\u200bher"}, "title"),
        ({"version": "1.0.0\u200b"}, "version"),
        ({"websiteUrl": "https://example.org/\u202e"}, "websiteUrl"),
        ({"remotes": [{"type": "sse", "url": "https://a.org/\u200b"}]}, "remotes[0].url"),
        ({"_meta": {"org.example": {"note": ["\u200b"]}}}, "_meta.org.example.note[0]"),
        ({"_meta": {"org.exa\u200bmple": 1}}, "_meta.org.exa\u200bmple"),
    ],
)
def test_every_text_is_looked_at(changes: dict[str, Any], path: str) -> None:
    assert path in errors_of(changes)


def test_many_of_them_are_one_error() -> None:
    [message] = errors_of({"title": "a\u200b\u200cb\u202e"}).values()

    assert message == (
        "has U+200B ZERO WIDTH SPACE at character 1, which has no width, and 2 more like it."
    )


@pytest.mark.parametrize(("character", "name"), HIDDEN)
def test_an_import_removes_it_and_says_so(character: str, name: str) -> None:
    repaired, said = repair_document(document(title=f"Wea{character}ther"))

    validate_imported(repaired)
    assert repaired["title"] == "Weather"
    assert said == [f"title lost characters that nobody sees: {name}"]


def test_innocent_texts_are_imported_as_they_are() -> None:
    foreign = document(title="👩🏽‍💻 می‌خواهم", description="❤️")

    assert repair_document(foreign) == (foreign, [])


CHARACTERS = st.sampled_from(["a", "1", "ا", "क", "👩", "🏴", "葛", *(each for each, _ in HIDDEN)])


@settings(max_examples=200)
@given(st.text(CHARACTERS, max_size=12))
def test_what_is_left_hides_nothing(text: str) -> None:
    left = without_hidden(text)

    assert list(hidden_in(left)) == []
    assert without_hidden(left) == left
