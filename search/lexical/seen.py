"""The words of an index as a caller sees them: as if what may not be found were not there.

Without this, the weights of words, the corrections of mistyped ones and the answer "nothing fits"
would tell what hidden entries say.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from search.lexical.index import FloatArray, LexicalIndex
from search.lexical.spelling import Spelling


class SeenWords:
    """Some documents of an index; it offers what ``LexicalIndex`` does to those who read."""

    def __init__(self, index: LexicalIndex, mask: npt.NDArray[np.bool_]) -> None:
        self._index = index
        self._mask = mask
        self.size = int(np.count_nonzero(mask))

    @property
    def spelling(self) -> Spelling:
        """Of all forms: whoever asks leaves out words of which ``frequency`` is 0."""
        return self._index.spelling

    def frequency(self, word: str) -> int:
        """How many of the documents say ``word``."""
        return int(np.count_nonzero(self._mask[self._index.documents(word)]))

    @property
    def forms(self) -> Sequence[str]:
        """The same."""
        return self._index.forms

    def word_of(self, form: int) -> str:
        return self._index.word_of(form)

    def count_of(self, form: int) -> int:
        return self._index.count_of(form)

    def most_frequent(self, forms: range, k: int) -> list[int]:
        return self._index.most_frequent(forms, k)

    def scores(self, weights: Mapping[str, float]) -> FloatArray:
        """As ``LexicalIndex.scores``, and 0 for documents that are not seen."""
        return self._index.scores(weights) * self._mask


Words = LexicalIndex | SeenWords
