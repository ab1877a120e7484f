"""What begins with what somebody types: the words of a corpus, sorted, so that a look-up bisects.

Pure functions over arrays; who may see which row is the caller's to say.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from search.corpus import folded
from search.index.base import BoolArray

# A text is found by the beginnings of so many of its words.
MOST_STARTS = 8
_LAST = "\U0010ffff"
# A word, also of camel case.
_WORD = re.compile(r"[A-Z]*[^\W_A-Z]+|[A-Z]+")


class Sort(IntEnum):
    """What a suggested text is; its name in lower case is told."""

    TOOL = 0
    SERVER = 1
    CATEGORY = 2
    TAG = 3


class Label(NamedTuple):
    """A text, and the row of the corpus that has it: who sees the row may be told the text."""

    sort: Sort
    text: str
    row: int


class Candidate(NamedTuple):
    """A text that begins as typed; the better of two compares as the lesser."""

    is_longer: bool
    # Whether it is another word of the text that begins so, not the first.
    is_inside: bool
    # How many rows have the text, as a negative number.
    rows: int
    length: int
    folded: str
    sort: Sort
    text: str


class Suggestions:
    """The labels of a corpus by the beginnings of their words. Texts that fold alike are one."""

    def __init__(self, labels: Iterable[Label]) -> None:
        numbers: dict[tuple[Sort, str], int] = {}
        pairs: list[tuple[int, int]] = []
        spellings: list[str] = []
        known: set[tuple[int, int]] = set()
        for sort, text, row in labels:
            pair = numbers.setdefault((sort, folded(text)), len(numbers)), row
            if pair not in known:  # a title may spell the name once more
                known.add(pair)
                pairs.append(pair)
                spellings.append(text)
        self._sorts = np.array([sort for sort, _ in numbers], dtype=np.int8)
        self._folded = [text for _, text in numbers]
        self._lengths = np.array([len(text) for text in self._folded], dtype=np.int64)
        # The rows of a text stand together, each with how it spells the text.
        pairs_of = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        order = np.argsort(pairs_of[:, 0], kind="stable")
        self._text_of, self._row_of = pairs_of[order].T.copy()
        self._spellings: list[str] = [spellings[place] for place in order.tolist()]
        self._begins = np.searchsorted(self._text_of, np.arange(len(numbers) + 1))
        self._sort_starts()

    def _sort_starts(self) -> None:
        """All beginnings in alphabetical order: whose it is, how long it goes on, if it is inside.

        They are not kept as texts: each is the end of a folded text.
        """
        starts: list[str] = []
        about: list[tuple[int, bool]] = []
        for number, whole in enumerate(self._folded):
            text = self._spellings[self._begins[number]]
            starts.append(whole)
            about.append((number, False))
            for start, is_inside in _later_starts(Sort(self._sorts[number]), text):
                if whole.endswith(start):
                    starts.append(start)
                    about.append((number, is_inside))
        order = sorted(range(len(starts)), key=starts.__getitem__)
        owners, inside = np.array(about, dtype=np.int32).reshape(-1, 2).T
        self._owners = owners[order]
        self._inside = inside[order].astype(bool)
        self._rests = np.array([len(starts[place]) for place in order], dtype=np.int64)

    def find(
        self, typed: str, mask: BoolArray, sorts: Collection[Sort], limit: int
    ) -> list[Candidate]:
        """The best texts of these sorts that begin with ``typed`` (folded) and are in the mask."""
        totals = np.bincount(self._text_of[mask[self._row_of]], minlength=len(self._folded))
        found = slice(self._place(typed), self._place(typed + _LAST))
        owners = self._owners[found]
        fits = (totals[owners] > 0) & np.isin(self._sorts[owners], list(sorts))
        places = found.start + np.flatnonzero(fits)
        best = places[_smallest(self._order(places, totals, len(typed)), limit * MOST_STARTS)]
        candidates = [self._candidate(place, len(typed), totals, mask) for place in best.tolist()]
        once = {(it.sort, it.folded): it for it in sorted(candidates, reverse=True)}
        return sorted(once.values())[:limit]

    def _place(self, typed: str) -> int:
        """How many beginnings come before ``typed``."""
        return bisect_left(range(len(self._owners)), typed, key=self._start)

    def _start(self, place: int) -> str:
        text = self._folded[int(self._owners[place])]
        return text[len(text) - int(self._rests[place]) :]

    def _order(
        self, places: npt.NDArray[np.int64], totals: npt.NDArray[np.int64], length: int
    ) -> npt.NDArray[np.int64]:
        """One number for each place, which sorts them as the fields of ``Candidate`` do."""
        owners = self._owners[places]
        is_longer = (self._rests[places] != length) | self._inside[places]
        order: npt.NDArray[np.int64] = is_longer.astype(np.int64) << 1 | self._inside[places]
        order = order << 20 | (2**20 - 1 - np.minimum(totals[owners], 2**20 - 1))
        order = order << 10 | np.minimum(self._lengths[owners], 2**10 - 1)
        return order << 28 | np.arange(len(places))

    def _candidate(
        self, place: int, length: int, totals: npt.NDArray[np.int64], mask: BoolArray
    ) -> Candidate:
        number, is_inside = int(self._owners[place]), bool(self._inside[place])
        return Candidate(
            is_longer=is_inside or int(self._rests[place]) != length,
            is_inside=is_inside,
            rows=-int(totals[number]),
            length=int(self._lengths[number]),
            folded=self._folded[number],
            sort=Sort(self._sorts[number]),
            text=self._spelling(number, mask),
        )

    def _spelling(self, number: int, mask: BoolArray) -> str:
        """How the first row of the mask spells a text: how others do is not to be told."""
        begin, end = int(self._begins[number]), int(self._begins[number + 1])
        return self._spellings[begin + int(np.argmax(mask[self._row_of[begin:end]]))]


def merged(found: Iterable[Candidate], limit: int) -> list[Candidate]:
    """The best of what several corpora have; what they have in common is one."""
    once: dict[tuple[Sort, str], Candidate] = {}
    for each in found:
        other = once.get((each.sort, each.folded))
        rows = each.rows + (other.rows if other else 0)
        once[each.sort, each.folded] = each._replace(rows=rows)
    return sorted(once.values())[:limit]


def _later_starts(sort: Sort, text: str) -> Iterator[tuple[str, bool]]:
    """The folded ends of ``text`` that begin with another word than the first.

    A server's own name, behind its namespace, is not inside; what everybody's namespace begins
    with (``io.github``) finds no server.
    """
    namespace = text.rpartition("/")[0] if sort is Sort.SERVER else ""
    owner, name = namespace.rfind(".") + 1, len(namespace) + 1 if namespace else 0
    firsts = [word.start() for word in _WORD.finditer(text)]
    for first in [first for first in firsts if first >= max(owner, 1)][: MOST_STARTS - 1]:
        yield folded(text[first:]), first != name


def _smallest(values: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    """Where the ``count`` smallest values are, in no order."""
    if len(values) <= count:
        return np.arange(len(values))
    return np.argpartition(values, count)[:count]
