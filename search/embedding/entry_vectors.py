"""The one vector of an entry, mixed of those of its three texts."""

from collections.abc import Sequence

import numpy as np

from search.embedding.base import Embedder, FloatArray
from search.texts import Text

# Of the full text, the description and the name. Measured on two sets of questions about tools:
# 4 % more nDCG@10 than the full text alone, for a vector of the same size.
WEIGHTS = np.array([0.5, 0.3, 0.2], dtype=np.float32)


def entry_vectors(embedder: Embedder, texts: Sequence[Text]) -> FloatArray:
    """One row a text, each of length 1. Parts that are equal are encoded once, all in one call.

    Raises ``FloatingPointError`` when the model gives no numbers.
    """
    parts = [part for text in texts for part in text.parts]
    row_of = {part: row for row, part in enumerate(dict.fromkeys(parts))}
    encoded = embedder.encode(list(row_of))
    rows = np.array([row_of[part] for part in parts]).reshape(len(texts), len(WEIGHTS))
    mixed: FloatArray = np.einsum("p,tpd->td", WEIGHTS, encoded[rows])
    lengths = np.linalg.norm(mixed, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise FloatingPointError("The model gave a vector that has no length.")
    mixed /= lengths
    return mixed
