"""The one vector of an entry is mixed of those of its texts."""

from collections.abc import Sequence

import numpy as np
import pytest

from search.embedding import FloatArray, entry_vectors
from search.texts import Text
from tests.fixtures.embeddings import WordHashEmbedder


class Recorder(WordHashEmbedder):
    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def encode(self, texts: Sequence[str]) -> FloatArray:
        self.calls.append(list(texts))
        return super().encode(texts)


WEATHER = Text(full="get_rain: Rain. Server: Sky.", description="Rain.", name="get rain")


def test_it_is_half_full_text_and_half_description_and_name() -> None:
    full, description, name = WordHashEmbedder().encode(WEATHER.parts)
    mixed = 0.5 * full + 0.3 * description + 0.2 * name

    (vector,) = entry_vectors(WordHashEmbedder(), [WEATHER])

    assert vector.dtype == np.float32
    assert vector == pytest.approx(mixed / np.linalg.norm(mixed))


def test_a_text_in_one_part_has_the_vector_of_that_part() -> None:
    (vector,) = entry_vectors(
        WordHashEmbedder(), [Text(full="all there is", description="", name="")]
    )

    assert vector == pytest.approx(WordHashEmbedder().encode(["all there is"])[0])


def test_all_parts_are_encoded_in_one_call_and_equal_ones_once() -> None:
    embedder = Recorder()
    other = Text(full="get_rain: Rain. Server: Sea.", description="Rain.", name="get rain")

    vectors = entry_vectors(embedder, [WEATHER, other])

    assert vectors.shape == (2, 64)
    assert embedder.calls == [[*WEATHER.parts, other.full]]


@pytest.mark.parametrize("broken", [np.nan, 0.0])
def test_a_vector_without_a_length_is_refused(
    monkeypatch: pytest.MonkeyPatch, broken: float
) -> None:
    embedder = WordHashEmbedder()
    monkeypatch.setattr(
        embedder, "encode", lambda texts: np.full((len(texts), 64), broken, dtype=np.float32)
    )

    with pytest.raises(FloatingPointError, match="no length"):
        entry_vectors(embedder, [WEATHER])
