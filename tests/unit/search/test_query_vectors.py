"""The vector of a query is encoded once, however often and by however many it is asked for."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from search import embedding
from search.embedding import FloatArray, ModelNotReady
from search.embedding.query_vectors import QueryVectors
from tests.fixtures.embeddings import WordHashEmbedder


class Counting(WordHashEmbedder):
    """Notes what it is asked for."""

    def __init__(self, model_key: str = "counting-64") -> None:
        self.model_key = model_key
        self.encoded: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.error: Exception | None = None

    def encode(self, texts: Sequence[str]) -> FloatArray:
        self.encoded += texts
        assert self.gate.wait(5)
        if self.error:
            raise self.error
        return super().encode(texts)


def test_a_vector_is_remembered_and_cannot_be_changed() -> None:
    embedder = Counting()

    vector = embedding.query_vector(embedder, "rain")

    assert embedding.query_vector(embedder, "rain") is vector
    assert embedder.encoded == ["rain"]
    with pytest.raises(ValueError, match="read-only"):
        vector[0] = 1
    assert np.linalg.norm(vector) == pytest.approx(1)


@pytest.mark.parametrize(
    "same",
    ["  rain \n tomorrow", "rain\u00a0tomorrow", "ra\ufb01n".replace("\ufb01", "i") + " tomorrow"],
)
def test_queries_that_read_the_same_are_the_same(same: str) -> None:
    embedder = Counting()

    assert embedding.query_vector(embedder, same) is embedding.query_vector(
        embedder, "rain tomorrow"
    )


def test_another_model_has_another_vector() -> None:
    one, other = Counting("one"), Counting("other")
    vectors = QueryVectors()

    vectors.of(one, ["rain"]), vectors.of(other, ["rain"])

    assert one.encoded == other.encoded == ["rain"]


def test_several_queries_are_encoded_in_one_call_and_only_the_unknown_ones() -> None:
    embedder, vectors = Counting(), QueryVectors()
    (rain,) = vectors.of(embedder, ["rain"])
    embedder.encoded.clear()

    again, sun, sun_too = vectors.of(embedder, ["rain", "sun", "sun"])

    assert embedder.encoded == ["sun"]
    assert again is rain
    assert sun is sun_too


def test_the_least_recently_asked_for_is_forgotten() -> None:
    embedder, vectors = Counting(), QueryVectors(size=2)

    for query in ("a", "b", "a", "c", "a", "b"):
        vectors.of(embedder, [query])

    assert embedder.encoded == ["a", "b", "c", "b"]


def test_threads_that_ask_for_the_same_at_once_share_one_encoding() -> None:
    embedder, vectors = Counting(), QueryVectors()
    embedder.gate.clear()

    with ThreadPoolExecutor(8) as threads:
        futures = [threads.submit(vectors.of, embedder, ["rain"]) for _ in range(8)]
        embedder.gate.set()
        found = {id(future.result(5)[0]) for future in futures}

    assert len(found) == 1
    assert embedder.encoded == ["rain"]


def test_a_failure_is_not_remembered() -> None:
    embedder, vectors = Counting(), QueryVectors()
    embedder.error = ModelNotReady("It rests.")
    with pytest.raises(ModelNotReady, match="It rests"):
        vectors.of(embedder, ["rain"])

    embedder.error = None

    assert len(vectors.of(embedder, ["rain"])) == 1
