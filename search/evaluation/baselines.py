"""What one would build without Rollcall: BM25 alone, and the plain model alone.

They share nothing with the production ranking but the model, so that what is wrong there is not
wrong here, too.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from search.embedding import FloatArray
from search.evaluation.relevance import Document

K1, B = 1.2, 0.75
# Lucene's English stop words.
STOP_WORDS = frozenset(
    {"a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is"}
    | {"it", "no", "not", "of", "on", "or", "such", "that", "the", "their", "then", "there"}
    | {"these", "they", "this", "to", "was", "will", "with"}
)
_CAMEL_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def plain_text(document: Document) -> str:
    """``name: description``, and the same of each tool of a server."""
    said = (document.text, *document.tools)
    return "\n".join(f"{text.name}: {text.description}" for text in said)


def tokens(text: str) -> list[str]:
    """Lower-case words, identifiers taken apart, without stop words."""
    words = re.findall(r"[^\W_]+", _CAMEL_CASE.sub(" ", text).lower())
    return [word for word in words if word not in STOP_WORDS]


class BM25:
    """The textbook's, with the inverse document frequency of Lucene."""

    def __init__(self, texts: Sequence[str]) -> None:
        said = [Counter(tokens(text)) for text in texts]
        lengths = np.array([words.total() for words in said], dtype=np.float64)
        self._size = len(texts)
        self._norms = K1 * (1 - B + B * lengths / max(float(lengths.mean()), 1.0))
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row, words in enumerate(said):
            for word, count in words.items():
                self._postings[word].append((row, count))

    def scores(self, query: str) -> FloatArray:
        """One score a text, 0 where it says none of the words."""
        scores = np.zeros(self._size)
        for word in tokens(query):
            if found := self._postings.get(word):
                rows, counts = np.array(found).T
                idf = np.log(1 + (self._size - len(found) + 0.5) / (len(found) + 0.5))
                scores[rows] += idf * counts / (counts + self._norms[rows])
        return scores.astype(np.float32)


def best_rows(scores: FloatArray, depth: int) -> list[int]:
    """The rows of the ``depth`` highest scores above 0, the highest first."""
    rows = np.argsort(-scores, kind="stable")[:depth]
    return [int(row) for row in rows if scores[row] > 0]
