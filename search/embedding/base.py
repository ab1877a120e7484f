"""What every embedding back end is to the rest of search."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


class ModelNotReady(Exception):
    """There is no model to encode with (yet); the message says why, in a sentence."""


class VectorSpace(Protocol):
    """What vectors must have in common to be compared."""

    @property
    def model_key(self) -> str:
        """The model's name and content: the vectors of two models have nothing in common."""

    @property
    def dimension(self) -> int:
        """The length of a vector."""


class Embedder(VectorSpace, Protocol):
    """Texts to vectors whose inner product is their cosine similarity."""

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """One row a text, each of length 1: shape (texts, dimension)."""

    def __hash__(self) -> int:
        """An embedder can be the key of a cache."""
