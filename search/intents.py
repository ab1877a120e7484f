"""What a request asks for one by one: "find flights to Rome and then book a table" is two wishes.

Most requests of several sentences still ask for one thing. Words decide, since they cost next to
nothing: it is several things where at least two parts each find an entry that says far more of
the part than any entry says of the whole (docs/search-quality.md).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from search.lexical import WordQuery, Words, understand
from search.lexical.stop_words import FILLERS, STOP_WORDS
from search.lexical.words import forms_of

# What says less than this is no wish of its own: "can you help me?", "in Rome".
FEWEST_TELLING_WORDS = 3
MOST_PARTS = 4
# By so much the best entry for the part must cover more than the best for the whole does.
CLEARLY_MORE = 0.1
# One of several things asked for counts a little less than all of them together.
WEIGHT_OF_PART = 0.8

# Where one wish may end and the next begin: after sentences, and at the words that say so.
_BOUNDARY = re.compile(
    r"(?<=[.!?;])\s+|(?<=[。！？；])|\s*[;\n]+\s*"
    r"|,?\s+(?:and then|then|and also|after that|afterwards|as well as|plus|and)\s+",
    re.IGNORECASE,
)


_BLANKS = re.compile(r"[^\S\n]+")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A query, or one of the things that it asks for."""

    text: str
    words: WordQuery
    weight: float = 1.0


class _Best(NamedTuple):
    """The entry that says most of the words, and how much of them."""

    coverage: float
    among: int
    row: int


def wishes_of(query: str, indexes: Sequence[Words]) -> list[Wish]:
    """The query, and after it the things it asks for one by one if they are several."""
    whole = Wish(text=query, words=understand(query, indexes))
    parts = [
        Wish(text=text, words=understand(text, indexes), weight=WEIGHT_OF_PART)
        for text in split(query)
    ]
    return [whole, *parts] if parts and _are_several(whole, parts, indexes) else [whole]


def split(query: str) -> list[str]:
    """The parts of ``query`` that could be wishes of their own; none where it is but one."""
    parts: list[str] = []
    # Long runs of blanks would be tried again from each of them.
    for part in _BOUNDARY.split(_BLANKS.sub(" ", query)):
        if parts and not (_is_telling(part) and _is_telling(parts[-1])):
            parts[-1] += f" {part}"
        else:
            parts.append(part)
    return [part.strip(" ,") for part in parts[:MOST_PARTS]] if len(parts) > 1 else []


def _is_telling(part: str) -> bool:
    return len(set(forms_of(part)) - FILLERS - STOP_WORDS) >= FEWEST_TELLING_WORDS


def _are_several(whole: Wish, parts: Sequence[Wish], indexes: Sequence[Words]) -> bool:
    """Whether two parts find, each for itself, what covers it far better than the whole."""
    enough = _best(whole, indexes).coverage + CLEARLY_MORE
    answers = [best for part in parts if (best := _best(part, indexes)).coverage >= enough]
    return len({(best.among, best.row) for best in answers}) > 1


def _best(wish: Wish, indexes: Sequence[Words]) -> _Best:
    found = [_Best(0.0, 0, 0)]
    for number, index in enumerate(indexes):
        if index.size:
            scores = index.scores(wish.words.weights)
            row = int(scores.argmax())
            found.append(_Best(float(scores[row]), number, row))
    return max(found)
