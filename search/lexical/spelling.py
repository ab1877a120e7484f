"""What of a vocabulary is spelled nearly as what was typed, or begins with it."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

SHORTEST_MISTYPED = 4
LONGEST_WITH_ONE_MISTAKE = 7


class Near(NamedTuple):
    """A form, by its place in the vocabulary, and how many mistakes it is away."""

    place: int
    distance: int


class Spelling:
    """Forms, ascending, ready to be compared with what was typed.

    A mistake adds, drops, replaces or swaps letters, so it changes the set of letters by two at
    most: comparing these sets, as bits, leaves few forms of which the distance must be computed.
    """

    def __init__(self, forms: Sequence[str]) -> None:
        self._forms = forms
        letters, starts, lengths = _letters(forms)
        self._by_length = np.argsort(lengths, kind="stable")
        self._lengths = lengths[self._by_length]
        self._letter_sets = _letter_sets(letters, starts)[self._by_length]

    def near(self, typed: str) -> list[Near]:
        """The forms that ``typed`` may stand for, ``typed`` itself included."""
        most = _most_mistakes(typed)
        if not most:
            return []
        places = self._with_nearly_the_letters(typed, most)
        forms = [self._forms[place] for place in places]
        distances = cdist([typed], forms, scorer=OSA.distance, score_cutoff=most)[0]
        found = np.flatnonzero(distances <= most)
        return [Near(int(places[at]), int(distances[at])) for at in found]

    def starting_with(self, typed: str) -> range:
        """The places of the forms that begin with ``typed``."""
        after = typed[:-1] + chr(ord(typed[-1]) + 1)
        return range(bisect_left(self._forms, typed), bisect_left(self._forms, after))

    def _with_nearly_the_letters(self, typed: str, most: int) -> npt.NDArray[np.int64]:
        shortest = np.searchsorted(self._lengths, len(typed) - most)
        longest = np.searchsorted(self._lengths, len(typed) + most, side="right")
        similar = slice(int(shortest), int(longest))
        letters, starts, _ = _letters([typed])
        differing = self._letter_sets[similar] ^ _letter_sets(letters, starts)[0]
        few: npt.NDArray[np.bool_] = np.bitwise_count(differing) <= 2 * most
        return self._by_length[similar][few]


def _most_mistakes(typed: str) -> int:
    """How many are taken for a slip: none in short words, which are all near one another."""
    if len(typed) < SHORTEST_MISTYPED:
        return 0
    return 1 if len(typed) <= LONGEST_WITH_ONE_MISTAKE else 2


def _letters(
    forms: Sequence[str],
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The code points of all forms in a row; where each form starts; how long it is."""
    letters = np.frombuffer("".join(forms).encode("utf-32-le"), np.uint32)
    lengths = np.fromiter(map(len, forms), np.int64, len(forms))
    return letters, np.cumsum(lengths) - lengths, lengths


def _letter_sets(
    letters: npt.NDArray[np.uint32], starts: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint64]:
    """The letters of each form as bits. Some letters share one, so a difference may be missed."""
    if not len(starts):
        return np.zeros(0, np.uint64)
    bits = np.left_shift(np.uint64(1), (letters % 64).astype(np.uint64))
    return np.bitwise_or.reduceat(bits, starts)
