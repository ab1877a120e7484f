"""The words of several indexes as those of one: how rare they are, and how they are spelled."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from search.lexical.seen import Words

# More words than this are never meant at once.
MOST_MEANINGS = 3
# Of so many forms that begin alike the most frequent ones are looked at.
MOST_FORMS = 200


class Meaning(NamedTuple):
    """A word that may be meant."""

    word: str
    # As it is mostly written.
    form: str
    # How probable it is among those that may be meant, whose shares add up to 1.
    share: float


class Vocabulary:
    """For one query: it remembers what it was asked."""

    def __init__(self, indexes: "Sequence[Words]") -> None:
        self._indexes = indexes
        self._size = sum(index.size for index in indexes)
        self._frequencies: dict[str, int] = {}

    def frequency(self, word: str) -> int:
        """How many documents say ``word``."""
        if word not in self._frequencies:
            self._frequencies[word] = sum(index.frequency(word) for index in self._indexes)
        return self._frequencies[word]

    def rarity(self, word: str) -> float:
        """The inverse document frequency of BM25; that of an unknown word is the highest."""
        frequency = self.frequency(word)
        return math.log1p((self._size - frequency + 0.5) / (frequency + 0.5))

    def near(self, typed: str) -> dict[int, list[Meaning]]:
        """By the number of mistakes, from 1, what is spelled as ``typed`` but for these."""
        places: defaultdict[int, list[tuple[Words, int]]] = defaultdict(list)
        for index in self._indexes:
            for place, mistakes in index.spelling.near(typed):
                places[mistakes].append((index, place))
        return {mistakes: self._meanings(places[mistakes]) for mistakes in places if mistakes}

    def starting_with(self, typed: str) -> list[Meaning]:
        return self._meanings(
            (index, place)
            for index in self._indexes
            for place in index.most_frequent(index.spelling.starting_with(typed), MOST_FORMS)
        )

    def _meanings(self, places: "Iterable[tuple[Words, int]]") -> list[Meaning]:
        """The words that most documents say; each as probable as it is frequent among them."""
        written: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for index, place in places:
            written[index.word_of(place)][index.forms[place]] += index.count_of(place)
        said = {word: count for word in written if (count := self.frequency(word))}
        best = sorted(said, key=lambda word: -said[word])[:MOST_MEANINGS]
        total = sum(said[word] for word in best)
        return [
            Meaning(word, written[word].most_common(1)[0][0], said[word] / total) for word in best
        ]
