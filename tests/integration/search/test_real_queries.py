"""Queries on the real model: many at once, each as if it were alone; what counts as the same."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from search import embedding, texts
from search.embedding import Embedder, entry_vectors
from search.texts import Text

pytestmark = [pytest.mark.requires_models, pytest.mark.slow]

QUERIES = [f"what is the {what} in city number {n}" for n in range(16) for what in ("hour", "rain")]


def test_among_many_threads_each_gets_the_vector_of_its_own_query(real_embedder: Embedder) -> None:
    embedder = embedding.get_embedder()
    alone = real_embedder.encode(QUERIES)

    with ThreadPoolExecutor(32) as threads:
        together = list(threads.map(lambda query: embedder.encode([query])[0], QUERIES))

    for vector, expected in zip(together, alone, strict=True):
        assert vector @ expected == pytest.approx(1, abs=1e-5)


def test_the_white_space_that_normalisation_takes_away_says_nothing_to_the_model(
    real_embedder: Embedder,
) -> None:
    written = "  Convert\u00a0the file\n to  PDF "

    one, other = real_embedder.encode([written, texts.normalised(written)])

    assert one @ other == pytest.approx(1, abs=1e-5)


def test_an_entry_is_near_what_asks_for_it(real_embedder: Embedder) -> None:
    text = Text(
        full="get_tides: When high and low water are. Arguments: port. Server: Harbour.",
        description="When high and low water are.",
        name="get tides",
    )
    (entry,) = entry_vectors(real_embedder, [text])

    near = embedding.query_vector(embedding.get_embedder(), "tide times of a port")
    far = embedding.query_vector(embedding.get_embedder(), "send an invoice")

    assert entry @ near > entry @ far + 0.3
