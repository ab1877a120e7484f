"""The part of a description that shows why it was found, and where the words of the query stand.

Offsets instead of markup: whoever shows a snippet escapes it in its own way.
"""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from search.lexical import words_of

LONGEST_SNIPPET = 240
# What lies further in is not looked at.
LONGEST_TEXT = 1_000
_WORD = re.compile(r"[\w'’-]+")
# A stem differs from its word further behind: "citi" and "city".
BEGINNING = 3
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


class Segment(NamedTuple):
    text: str
    highlighted: bool


@dataclass(frozen=True)
class Snippet:
    """A part of a text, and where in it the words of the query stand."""

    text: str
    # The first character of each, and the one after its last.
    highlights: list[tuple[int, int]]

    @property
    def segments(self) -> list[Segment]:
        """The text in pieces, for pages."""
        found, done = [], 0
        for start, end in self.highlights:
            found += [Segment(self.text[done:start], False), Segment(self.text[start:end], True)]
            done = end
        found.append(Segment(self.text[done:], False))
        return [segment for segment in found if segment.text]


class Snippets:
    """Cuts snippets out of texts, for one query."""

    def __init__(self, words: AbstractSet[str]) -> None:
        """``words`` in the spelling of ``search.lexical.words_of``."""
        self._words = words
        # What begins otherwise is none of them; of the rest, few are looked at closely.
        self._beginnings = {word[:BEGINNING] for word in words}

    def of(self, text: str) -> Snippet:
        """The sentence of ``text`` that says most of the words, or the first."""
        sentences = [each.strip() for each in _SENTENCE_END.split(text[:LONGEST_TEXT])]
        best = max(filter(None, sentences), key=self._said, default="")
        cut = _shortened(best)
        return Snippet(cut, [m.span() for m in _WORD.finditer(cut) if self._is(m.group())])

    def _said(self, sentence: str) -> int:
        """How many different words."""
        return len({written.casefold() for written in filter(self._is, _WORD.findall(sentence))})

    def _is(self, written: str) -> bool:
        if written[:BEGINNING].casefold() not in self._beginnings:
            return False
        return not self._words.isdisjoint(_words_of(written))


@lru_cache(maxsize=20_000)
def _words_of(written: str) -> tuple[str, ...]:
    """The words of one written word: descriptions repeat few of them."""
    return tuple(words_of(written))


def _shortened(sentence: str) -> str:
    if len(sentence) <= LONGEST_SNIPPET:
        return sentence
    return sentence[: LONGEST_SNIPPET - 1].rpartition(" ")[0] + "…"
