"""Characters nobody sees: the table of what a text must not hide.

What is published is refused for them, what is imported loses them, and the scan of what foreign
servers list points at them. Innocent are whitespace, emoji in all their sequences, and the joiners
of the scripts that are written with them. Nothing here changes a text but ``without_hidden``.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from servers.documents.paths import texts_in


class Kind(StrEnum):
    """What a hidden character does."""

    BIDI = "changes the direction of the text"
    TAG = "is a tag character, which carries text nobody sees"
    ZERO_WIDTH = "has no width"
    CONTROL = "is a control character"
    PRIVATE = "is a private-use character, which has no meaning of its own"
    SURROGATE = "is half a character"
    VARIATION = "is a variation selector that selects nothing"


@dataclass(frozen=True)
class HiddenCharacter:
    """One hidden character and where it is, in characters of its text."""

    offset: int
    character: str
    kind: Kind

    def __str__(self) -> str:
        return named(self.character)


# Letters and marks by their category, but nobody sees them.
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_WHITESPACE = frozenset("\t\n\r")
_TAGS = range(0xE0000, 0xE0100)
_JOINERS = ("\u200c", "\u200d")  # ZWNJ, ZWJ
# Format characters that are drawn: signs around the digits of Arabic, Syriac and Kaithi numbers.
_DRAWN = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
# The flags of England, Scotland and Wales, the only emoji that are spelled in tag characters.
_FLAG = re.compile(
    "\U0001f3f4\U000e0067\U000e0062"
    "(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073)"
    "\U000e007f"
)
_NOT_PLAIN = re.compile(r"[^\x20-\x7e]")
# Blocks of the scripts that are written with joiners: Arabic to Thaana, the Indic ones, Tibetan to
# Myanmar, Khmer and Mongolian, the later Indic additions, the Arabic presentation forms.
_JOINED_SCRIPTS = (
    range(0x0600, 0x08FF + 1),
    range(0x0900, 0x0DFF + 1),
    range(0x0F00, 0x109F + 1),
    range(0x1780, 0x18AF + 1),
    range(0xA800, 0xABFF + 1),
    range(0xFB50, 0xFDFF + 1),
    range(0xFE70, 0xFEFE + 1),
    range(0x11000, 0x1137F + 1),
)
_SYMBOLS = ("So", "Sm", "Sk")
# What may be shown as an emoji although it is no symbol: keycaps and punctuation.
_OTHER_EMOJI = frozenset("0123456789#*‼⁉ℹ〰")
_CATEGORIES = {
    "Cc": Kind.CONTROL,
    "Cf": Kind.ZERO_WIDTH,
    "Co": Kind.PRIVATE,
    "Cs": Kind.SURROGATE,
}
_UNNAMED = {"Cc": "CONTROL CHARACTER", "Co": "PRIVATE USE CHARACTER", "Cs": "SURROGATE"}


def hidden_in(text: str) -> Iterator[HiddenCharacter]:
    """The characters of ``text`` that nobody sees and that do nothing a reader would miss."""
    if text.isascii() and text.isprintable():
        return  # as almost every text is
    spelled = {place for flag in _FLAG.finditer(text) for place in range(*flag.span())}
    for match in _NOT_PLAIN.finditer(text):
        offset, character = match.start(), match.group()
        kind = _kind(character)
        if kind and offset not in spelled and not _belongs(text, offset, character):
            yield HiddenCharacter(offset, character, kind)


def hidden_texts_in(value: Any) -> Iterator[tuple[str, list[HiddenCharacter]]]:
    """The path of each text, and key, of a JSON value that hides something, with what it hides."""
    for path, text in texts_in(value):
        if hidden := list(hidden_in(text)):
            yield path, hidden


def without_hidden(text: str) -> str:
    """``text`` without what it hides. A joiner that joined only hidden characters goes, too."""
    while hidden := {each.offset for each in hidden_in(text)}:
        text = "".join(each for offset, each in enumerate(text) if offset not in hidden)
    return text


def named(character: str) -> str:
    """``U+202E RIGHT-TO-LEFT OVERRIDE``."""
    unnamed = _UNNAMED.get(unicodedata.category(character), "UNASSIGNED CHARACTER")
    return f"U+{ord(character):04X} {unicodedata.name(character, unnamed)}"


def tagged_text(text: str) -> str:
    """The ASCII text that tag characters of ``text`` spell."""
    codes = (ord(each) - _TAGS.start for each in text if ord(each) in _TAGS)
    return "".join(chr(code) for code in codes if 0x20 <= code < 0x7F)


def _kind(character: str) -> Kind | None:
    """What ``character`` does where it does not belong, or ``None`` for one that is seen."""
    if character in _WHITESPACE or character in _DRAWN:
        return None
    if character in _BIDI:
        return Kind.BIDI
    if ord(character) in _TAGS:
        return Kind.TAG
    if _is_variation_selector(character):
        return Kind.VARIATION
    if character in _FILLERS:
        return Kind.ZERO_WIDTH
    return _CATEGORIES.get(unicodedata.category(character))


def _is_variation_selector(character: str) -> bool:
    code = ord(character)
    return 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or 0x180B <= code <= 0x180F


def _belongs(text: str, offset: int, character: str) -> bool:
    """Whether what stands before and after makes ``character`` part of what is seen."""
    before, after = text[offset - 1 : offset], text[offset + 1 : offset + 2]
    if character in _JOINERS:
        between_emoji = character == "\u200d" and _may_be_joined(before) and _is_emoji(after)
        return between_emoji or _is_written_with_joiners(before)
    if character in "\ufe0e\ufe0f":
        return _is_emoji(before)
    if _is_variation_selector(character):
        return (
            bool(before) and _kind(before) is None and unicodedata.category(before) in ("Lo", "Sm")
        )
    return False


def _is_emoji(character: str) -> bool:
    return bool(character) and (
        character in _OTHER_EMOJI or unicodedata.category(character) in _SYMBOLS
    )


def _may_be_joined(character: str) -> bool:
    """Whether an emoji ends with ``character``: itself, its selector or the tone of its skin."""
    return character == "\ufe0f" or _is_emoji(character)


def _is_written_with_joiners(character: str) -> bool:
    return bool(character) and (
        any(ord(character) in block for block in _JOINED_SCRIPTS) and _kind(character) is None
    )
