"""Which entries say a word, and how much that word is of what they say: BM25 without its weights.

What a word weighs comes with the query, so that what was mistyped, is half typed, or is newer
than the index is weighed alike. The matrix of documents and words is kept by columns (CSC).
"""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from search.lexical.spelling import Spelling
from search.lexical.words import stem

FloatArray = npt.NDArray[np.float32]
LongArray = npt.NDArray[np.int64]
Arrays = dict[str, npt.NDArray[Any]]

# How soon a repeated word says no more, and how much a long document dilutes what it says.
K1 = 1.2
B = 0.4

# What an index is kept as. "Forms" are words as they are written, "words" their stems.
_TYPES: dict[str, tuple[type[np.generic], int]] = {
    "size": (np.int64, 0),
    "average_length": (np.float64, 0),
    "vocabulary": (np.uint8, 1),
    "starts": (np.int64, 1),
    "rows": (np.int32, 1),
    "parts": (np.float32, 1),
    "forms": (np.uint8, 1),
    "words_of_forms": (np.int32, 1),
    "counts_of_forms": (np.int32, 1),
}


class LexicalIndex:
    """Documents by their words (``words.document_words``), in the order they were given in."""

    def __init__(self, arrays: Arrays) -> None:
        """Of arrays as ``to_arrays`` gives them, which nobody checks here."""
        self._arrays = arrays
        self._vocabulary = _lines(arrays["vocabulary"])
        self._starts: list[int] = arrays["starts"].tolist()
        self.forms = _lines(arrays["forms"])

    @classmethod
    def build(cls, documents: Sequence[str], *, average_length: float | None = None) -> Self:
        """``average_length`` in words: that of another index, to be comparable with its scores."""
        forms, said, lengths = _forms_said(documents)
        stems = list(map(stem, forms))
        vocabulary = sorted(set(stems))
        places = dict(zip(vocabulary, range(len(vocabulary)), strict=True))
        words_of_forms = np.fromiter((places[word] for word in stems), np.int32, len(stems))
        average = average_length or (float(lengths.mean()) if len(lengths) else 0.0)
        return cls(
            {
                "size": np.array(len(documents), np.int64),
                "average_length": np.array(average, np.float64),
                "vocabulary": _joined(vocabulary),
                "forms": _joined(forms),
                "words_of_forms": words_of_forms,
                "counts_of_forms": np.bincount(said, minlength=len(forms)).astype(np.int32),
                **_columns(words_of_forms[said], lengths, average, len(vocabulary)),
            }
        )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """The index that ``to_arrays`` took apart. Raises ``ValueError`` for anything else."""
        for name, (kind, dimensions) in _TYPES.items():
            if name not in arrays or arrays[name].dtype != kind or arrays[name].ndim != dimensions:
                raise ValueError(f"Not a lexical index: {name} is missing or of another type.")
        index = cls({name: arrays[name] for name in _TYPES})
        if not index._is_sound():
            raise ValueError("Not a lexical index: its parts do not fit together.")
        return index

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        return dict(self._arrays)

    @property
    def size(self) -> int:
        """How many documents it holds."""
        return int(self._arrays["size"])

    @property
    def average_length(self) -> float:
        """In words, of a document."""
        return float(self._arrays["average_length"])

    @property
    def vocabulary(self) -> Sequence[str]:
        """Its words, ascending."""
        return self._vocabulary

    @cached_property
    def spelling(self) -> Spelling:
        """Of its ``forms``."""
        return Spelling(self.forms)

    def documents(self, word: str) -> npt.NDArray[np.int32]:
        """Those that say ``word``, by their places."""
        documents: npt.NDArray[np.int32] = self._arrays["rows"][self._column(word)]
        return documents

    def frequency(self, word: str) -> int:
        """How many documents say ``word``."""
        return len(self.documents(word))

    def word_of(self, form: int) -> str:
        """The word that the form at this place is one of."""
        return self._vocabulary[int(self._arrays["words_of_forms"][form])]

    def most_frequent(self, forms: range, k: int) -> list[int]:
        """At most ``k`` of the forms at these places."""
        counts = self._arrays["counts_of_forms"][forms.start : forms.stop]
        return [forms[place] for place in np.argsort(-counts, kind="stable")[:k].tolist()]

    def count_of(self, form: int) -> int:
        """How often the form at this place is written."""
        return int(self._arrays["counts_of_forms"][form])

    def scores(self, weights: Mapping[str, float]) -> FloatArray:
        """For each document the sum of the weights of its words, each times how much it says it.

        "How much" is the part of BM25 that depends on the document, without its factor k1 + 1:
        0 to 1, hence the result never exceeds the sum of the weights. Shape (size,).
        """
        rows, parts = self._arrays["rows"], self._arrays["parts"]
        scores = np.zeros(self.size, np.float32)
        for word, weight in weights.items():
            column = self._column(word)
            np.add.at(scores, rows[column], np.float32(weight) * parts[column])
        return scores

    def _column(self, word: str) -> slice:
        place = bisect_left(self._vocabulary, word)
        if place == len(self._vocabulary) or self._vocabulary[place] != word:
            return slice(0, 0)
        return slice(self._starts[place], self._starts[place + 1])

    def _is_sound(self) -> bool:
        return (
            self.size >= 0
            and 0 <= self.average_length < np.inf
            and self._are_words_sound()
            and self._are_columns_sound()
        )

    def _are_words_sound(self) -> bool:
        words, counts = self._arrays["words_of_forms"], self._arrays["counts_of_forms"]
        return (
            _is_ascending(self._vocabulary)
            and _is_ascending(self.forms)
            and len(words) == len(counts) == len(self.forms)
            and _are_within(words, len(self._vocabulary))
            and bool((counts > 0).all())
        )

    def _are_columns_sound(self) -> bool:
        rows, parts = self._arrays["rows"], self._arrays["parts"]
        return (
            len(self._starts) == len(self._vocabulary) + 1
            and self._starts[0] == 0
            and self._starts[-1] == len(rows) == len(parts)
            and _is_ascending(self._starts)
            and _are_within(rows, self.size)
            and bool(((parts > 0) & (parts <= 1)).all())
        )


def _forms_said(documents: Sequence[str]) -> tuple[list[str], LongArray, LongArray]:
    """All forms, ascending; their places as the documents say them; the documents' lengths."""
    ids: defaultdict[str, int] = defaultdict()
    ids.default_factory = ids.__len__
    said, lengths = array("q"), array("q")
    for document in documents:
        forms = document.split()
        lengths.append(len(forms))
        said.extend(map(ids.__getitem__, forms))
    ascending = sorted(ids)
    places = np.empty(len(ids), np.int64)
    places[[ids[form] for form in ascending]] = np.arange(len(ids))
    return ascending, places[np.array(said, np.int64)], np.array(lengths, np.int64)


def _columns(words: npt.NDArray[np.int32], lengths: LongArray, average: float, n: int) -> Arrays:
    """For each of ``n`` words which documents say it, and how much."""
    documents = len(lengths)
    speakers = np.repeat(np.arange(documents), lengths)
    pairs, times = np.unique(words.astype(np.int64) * documents + speakers, return_counts=True)
    rows = pairs % max(documents, 1)
    dilution = K1 * (1 - B + B * lengths[rows] / (average or 1))
    return {
        "starts": np.searchsorted(pairs, np.arange(n + 1) * documents),
        "rows": rows.astype(np.int32),
        "parts": (times / (times + dilution)).astype(np.float32),
    }


def _joined(lines: Sequence[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(lines).encode(), np.uint8)


def _lines(joined: npt.NDArray[np.uint8]) -> list[str]:
    return joined.tobytes().decode().split("\n") if len(joined) else []


def _is_ascending(values: Sequence[str] | Sequence[int]) -> bool:
    return all(earlier < later for earlier, later in pairwise(values))  # type: ignore[operator]


def _are_within(places: npt.NDArray[np.int32], size: int) -> bool:
    return bool(((places >= 0) & (places < size)).all())
