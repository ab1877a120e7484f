"""What every implementation of the vector index must do; the same cases for each."""

import numpy as np
import pytest

from search.index.base import FloatArray, IdArray, VectorIndex
from search.index.faiss_index import FaissIndex
from search.index.memory_index import MemoryIndex

Kind = type[VectorIndex]

pytestmark = pytest.mark.parametrize("kind", [MemoryIndex, FaissIndex])


def ids(*values: int) -> IdArray:
    return np.array(values, dtype=np.int64)


def unit_vectors(count: int, dimension: int = 8) -> FloatArray:
    vectors = np.random.default_rng(7).normal(size=(count, dimension)).astype(np.float32)
    normalised: FloatArray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return normalised


def test_the_nearest_come_first_with_their_cosines(kind: Kind) -> None:
    index = kind.build(ids(30, 10, 20), np.eye(3, dtype=np.float32))
    query = np.array([0.6, 0.0, 0.8], dtype=np.float32)

    found, scores = index.search(query, 2, ids(10, 20, 30))

    assert found.tolist() == [20, 30]
    assert scores.tolist() == pytest.approx([0.8, 0.6])


def test_what_is_not_allowed_is_left_out_before_the_best_are_taken(kind: Kind) -> None:
    vectors = unit_vectors(500)
    index = kind.build(np.arange(500, dtype=np.int64), vectors)
    allowed = ids(3, 77, 411)

    found, _ = index.search(vectors[0], 3, allowed)

    expected = allowed[np.argsort(-(vectors[allowed] @ vectors[0]))]
    assert found.tolist() == expected.tolist()


def test_allowed_ids_that_it_does_not_hold_are_ignored(kind: Kind) -> None:
    index = kind.build(ids(5), unit_vectors(1))

    found, _ = index.search(unit_vectors(1)[0], 10, ids(1, 5, 10_000_019))

    assert found.tolist() == [5]


@pytest.mark.parametrize(("allowed", "k"), [(ids(), 3), (ids(99), 3), (ids(5), 0)])
def test_nothing_allowed_is_nothing_found(kind: Kind, allowed: IdArray, k: int) -> None:
    index = kind.build(ids(5), unit_vectors(1))

    found, scores = index.search(unit_vectors(1)[0], k, allowed)

    assert (len(found), len(scores)) == (0, 0)


def test_an_empty_index_answers(kind: Kind) -> None:
    index = kind.build(ids(), np.empty((0, 8), dtype=np.float32))

    assert index.size == 0
    assert index.ids.tolist() == []
    assert index.search(unit_vectors(1)[0], 5, ids(1))[0].tolist() == []


def test_it_comes_back_from_its_bytes(kind: Kind) -> None:
    vectors = unit_vectors(20)
    index = kind.build(np.arange(20, dtype=np.int64)[::-1], vectors)

    again = kind.from_bytes(index.to_bytes())

    assert (again.size, again.dimension) == (20, 8)
    assert again.ids.tolist() == list(range(20))
    before, after = (one.search(vectors[4], 5, index.ids) for one in (index, again))
    assert after[0].tolist() == before[0].tolist()
    assert after[1].tolist() == before[1].tolist()


@pytest.mark.parametrize(
    "content", [b"", b"no index at all", bytes(100)], ids=["nothing", "text", "zeros"]
)
def test_other_bytes_are_refused(kind: Kind, content: bytes) -> None:
    with pytest.raises(ValueError, match=r"This is no"):
        kind.from_bytes(content)


def test_an_id_that_repeats_is_refused(kind: Kind) -> None:
    with pytest.raises(ValueError, match="twice"):
        kind.build(ids(1, 1), unit_vectors(2))


def test_ids_and_vectors_must_match(kind: Kind) -> None:
    with pytest.raises(ValueError, match="do not match"):
        kind.build(ids(1, 2), unit_vectors(3))
