"""Texts that are asked for at the same time are encoded together."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from search.embedding import FloatArray, ModelNotReady
from search.embedding.micro_batches import MOST_TEXTS, MicroBatcher
from tests.fixtures.embeddings import WordHashEmbedder


class GatedEmbedder(WordHashEmbedder):
    """Says what it is asked for, and encodes once the gate is open."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.busy = threading.Semaphore(0)
        self.gate = threading.Event()
        self.error: BaseException | None = None

    def encode(self, texts: Sequence[str]) -> FloatArray:
        self.calls.append(list(texts))
        self.busy.release()
        assert self.gate.wait(5)
        if self.error:
            raise self.error
        return super().encode(texts)


@pytest.fixture
def embedder() -> GatedEmbedder:
    return GatedEmbedder()


@pytest.fixture
def threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(80)


def gather(
    batcher: MicroBatcher, threads: ThreadPoolExecutor, queries: Sequence[str]
) -> list[Future[FloatArray]]:
    """Ask for each query in a thread of its own; all are waiting when this returns."""
    before = len(batcher._waiting)
    futures = [threads.submit(batcher.encode, [query]) for query in queries]
    while len(batcher._waiting) < before + len(queries):
        threading.Event().wait(0.001)
    return futures


def lead(
    batcher: MicroBatcher, threads: ThreadPoolExecutor, embedder: GatedEmbedder
) -> Future[FloatArray]:
    """Ask for a query that takes until the gate is opened."""
    first = threads.submit(batcher.encode, ["first"])
    assert embedder.busy.acquire(timeout=5)
    return first


def test_who_is_alone_does_not_wait(embedder: GatedEmbedder) -> None:
    embedder.gate.set()
    batcher = MicroBatcher(embedder, lanes=1)

    for query in ("one", "two"):
        assert batcher.encode([query]).shape == (1, 64)
    assert embedder.calls == [["one"], ["two"]]


def test_what_gathers_meanwhile_is_one_batch_and_each_gets_its_own(
    embedder: GatedEmbedder, threads: ThreadPoolExecutor
) -> None:
    batcher = MicroBatcher(embedder, lanes=1)
    queries = [f"query {number}" for number in range(20)]
    first = lead(batcher, threads, embedder)
    futures = gather(batcher, threads, queries)

    embedder.gate.set()

    assert first.result(5) @ first.result(5).T == pytest.approx(1)
    for query, future in zip(queries, futures, strict=True):
        assert (future.result(5) == WordHashEmbedder().encode([query])).all()
    assert [len(call) for call in embedder.calls] == [1, 20]


def test_no_batch_is_larger_than_the_limit(
    embedder: GatedEmbedder, threads: ThreadPoolExecutor
) -> None:
    batcher = MicroBatcher(embedder, lanes=1)
    lead(batcher, threads, embedder)
    futures = gather(batcher, threads, [str(number) for number in range(MOST_TEXTS + 5)])

    embedder.gate.set()

    assert all(future.result(5).shape == (1, 64) for future in futures)
    assert [len(call) for call in embedder.calls] == [1, MOST_TEXTS, 5]


def test_the_texts_of_one_caller_stay_together(embedder: GatedEmbedder) -> None:
    embedder.gate.set()
    texts = [str(number) for number in range(MOST_TEXTS + 5)]

    assert MicroBatcher(embedder, lanes=1).encode(texts).shape == (MOST_TEXTS + 5, 64)


def test_as_many_encode_at_once_as_there_are_lanes(
    embedder: GatedEmbedder, threads: ThreadPoolExecutor
) -> None:
    batcher = MicroBatcher(embedder, lanes=2)
    lead(batcher, threads, embedder)
    lead(batcher, threads, embedder)
    waiting = gather(batcher, threads, ["third"])[0]

    assert len(embedder.calls) == 2
    embedder.gate.set()
    waiting.result(5)
    batcher.encode(["nobody holds the lanes any more"])


def test_a_failure_is_everybodys_in_the_batch_and_nobody_elses(
    embedder: GatedEmbedder, threads: ThreadPoolExecutor
) -> None:
    batcher = MicroBatcher(embedder, lanes=1)
    first = lead(batcher, threads, embedder)
    futures = gather(batcher, threads, ["a", "b"])
    embedder.error = ModelNotReady("It broke.")
    embedder.gate.set()
    for future in (first, *futures):
        with pytest.raises(ModelNotReady, match="It broke"):
            future.result(5)

    embedder.error = None

    assert batcher.encode(["c"]).shape == (1, 64)


def test_the_batch_of_a_thread_that_is_stopped_ends_too(embedder: GatedEmbedder) -> None:
    batcher = MicroBatcher(embedder, lanes=1)
    embedder.gate.set()
    embedder.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        batcher.encode(["stopped"])

    embedder.error = None

    assert batcher.encode(["goes on"]).shape == (1, 64)


def test_nobody_waits_for_ever_for_a_model_that_hangs(
    embedder: GatedEmbedder, threads: ThreadPoolExecutor
) -> None:
    batcher = MicroBatcher(embedder, lanes=1, patience=0.05)
    first = lead(batcher, threads, embedder)

    with pytest.raises(ModelNotReady, match=r"did not answer within 0\.05 seconds"):
        batcher.encode(["second"])

    embedder.gate.set()
    assert first.result(5).shape == (1, 64)
    assert batcher.encode(["third"]).shape == (1, 64)
    assert ["second"] not in embedder.calls
