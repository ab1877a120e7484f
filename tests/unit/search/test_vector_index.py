"""What every implementation of the vector index must do; the same cases for each."""

import numpy as np
import pytest

from search.index import faiss_index
from search.index.base import BoolArray, FloatArray, VectorIndex
from search.index.faiss_index import HEADER, MAGIC, FaissIndex
from search.index.memory_index import MemoryIndex

Kind = type[VectorIndex]
QUERY = np.array([0.6, 0.0, 0.8], dtype=np.float32)


@pytest.fixture(params=["memory", "faiss", "faiss with codes"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Kind:
    if request.param == "faiss with codes":
        monkeypatch.setattr(faiss_index, "EXACT_UP_TO", 700)
        monkeypatch.setattr(faiss_index, "TRAINING_VECTORS", 650)
        monkeypatch.setattr(faiss_index, "FEWEST", 120)
    return MemoryIndex if request.param == "memory" else FaissIndex


def unit_vectors(count: int, dimension: int = 16) -> FloatArray:
    vectors = np.random.default_rng(7).normal(size=(count, dimension)).astype(np.float32)
    normalised: FloatArray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return normalised


def all_of(index: VectorIndex) -> BoolArray:
    return np.ones(index.size, dtype=np.bool_)


def only(count: int, *rows: int) -> BoolArray:
    return np.isin(np.arange(count), rows)


def nearest_of(vectors: FloatArray, query: FloatArray, k: int, allowed: BoolArray) -> list[int]:
    """The reference: every score, sorted."""
    scores = np.where(allowed, vectors @ query, -np.inf)
    return np.argsort(-scores, kind="stable")[: min(k, int(allowed.sum()))].tolist()


# --- Few vectors -------------------------------------------------------------------------------


def test_the_nearest_come_first(kind: Kind) -> None:
    index = kind.build(np.eye(3, dtype=np.float32))

    assert index.nearest(QUERY, 2, all_of(index)).tolist() == [2, 0]


def test_rows_have_the_scores_of_their_vectors(kind: Kind) -> None:
    index = kind.build(np.eye(3, dtype=np.float32))

    assert index.scores(QUERY, np.array([2, 0, 1])).tolist() == pytest.approx([0.8, 0.6, 0.0])
    assert index.scores(QUERY, np.array([], dtype=np.int64)).tolist() == []


def test_equally_near_rows_come_in_their_order(kind: Kind) -> None:
    index = kind.build(np.tile(np.eye(3, dtype=np.float32), (2, 1)))

    assert index.nearest(QUERY, 6, all_of(index)).tolist() == [2, 5, 0, 3, 1, 4]


@pytest.mark.parametrize("row", [3, 10**9])
def test_a_row_that_is_not_there_is_an_error(kind: Kind, row: int) -> None:
    with pytest.raises(IndexError):
        kind.build(np.eye(3, dtype=np.float32)).scores(QUERY, np.array([row]))


@pytest.mark.parametrize(("rows", "k"), [((), 3), ((1,), 0)])
def test_nothing_allowed_or_wanted_is_nothing_found(
    kind: Kind, rows: tuple[int, ...], k: int
) -> None:
    index = kind.build(np.eye(3, dtype=np.float32))

    assert index.nearest(QUERY, k, only(3, *rows)).tolist() == []


def test_an_empty_index_answers_and_comes_back_from_its_bytes(kind: Kind) -> None:
    index = kind.build(np.empty((0, 3), dtype=np.float32))

    for each in (index, kind.from_bytes(index.to_bytes())):
        assert (each.size, each.dimension) == (0, 3)
        assert each.nearest(QUERY, 5, all_of(each)).tolist() == []


# --- Many: FAISS with codes finds them by these ------------------------------------------------


@pytest.mark.parametrize("allowed_part", [1.0, 0.7, 0.05, 0.001])
def test_what_is_not_allowed_is_left_out_before_the_best_are_taken(
    kind: Kind, allowed_part: float
) -> None:
    vectors = unit_vectors(3_000)
    index = kind.build(vectors)
    allowed = np.random.default_rng(8).random(3_000) < allowed_part

    for query in unit_vectors(3_020)[-20:]:
        found = index.nearest(query, 10, allowed).tolist()
        assert found == nearest_of(vectors, query, 10, allowed)


def test_what_is_allowed_is_found_though_nothing_near_is_allowed(kind: Kind) -> None:
    vectors = unit_vectors(3_000)
    index = kind.build(vectors)
    far = vectors @ vectors[0] < 0

    assert index.nearest(vectors[0], 10, far).tolist() == nearest_of(vectors, vectors[0], 10, far)


def test_it_comes_back_from_its_bytes(kind: Kind) -> None:
    vectors = unit_vectors(1_000)
    index = kind.build(vectors)

    again = kind.from_bytes(index.to_bytes())

    assert (again.size, again.dimension) == (1_000, 16)
    for query in vectors[:20]:
        before, after = (each.nearest(query, 5, all_of(each)) for each in (index, again))
        assert after.tolist() == before.tolist()
        assert again.scores(query, after).tolist() == index.scores(query, before).tolist()


@pytest.mark.parametrize(
    "content", [b"", b"no index at all", bytes(100)], ids=["nothing", "text", "zeros"]
)
def test_other_bytes_are_refused(kind: Kind, content: bytes) -> None:
    with pytest.raises(ValueError, match=r"This is no index"):
        kind.from_bytes(content)


def test_an_odd_dimension_gets_no_codes_and_is_searched_all_the_same(kind: Kind) -> None:
    vectors = unit_vectors(1_000, dimension=5)
    index = kind.build(vectors)
    allowed = all_of(index)

    assert index.nearest(vectors[3], 5, allowed).tolist() == nearest_of(
        vectors, vectors[3], 5, allowed
    )


@pytest.mark.parametrize("codes", [b"no codes", b"IxFI" + bytes(60)])
def test_codes_that_do_not_belong_to_the_vectors_are_refused(codes: bytes) -> None:
    header = HEADER.pack(MAGIC, 2, 2)

    with pytest.raises(ValueError, match=r"This"):
        FaissIndex.from_bytes(header + unit_vectors(2, 2).tobytes() + codes)


@pytest.mark.parametrize("kind", ["faiss with codes"], indirect=True)
def test_codes_of_other_vectors_are_refused(kind: Kind) -> None:
    content = kind.build(unit_vectors(800)).to_bytes()
    codes = content[HEADER.size + 800 * 16 * 4 :]

    with pytest.raises(ValueError, match="does not belong"):
        kind.from_bytes(HEADER.pack(MAGIC, 2, 16) + unit_vectors(2).tobytes() + codes)
