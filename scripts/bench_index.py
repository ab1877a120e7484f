"""Measures the search index at 100,000 entries: publication, loading, recall and latency.

    python -m scripts.bench_index [--entries N] [--vectors N]

Writes entries and their stored vectors into a throw-away registry, publishes and loads them, and
compares what the index finds with what exact search finds, where everything, half, 5 % and 0.1 %
may be found: entries here and there, or all that some servers have. It fails when publication takes
over 5 seconds, or when the index finds less than 99 of 100. With ``--vectors`` it looks at the
vector index alone, without a database, at any size.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

from search.index.base import BoolArray, FloatArray, IdArray, VectorIndex

DIMENSION = 384
TEXTS = 7_000  # that all others resemble, as tools of many servers do
NOISE = 0.6
QUERIES = 200
RESULTS = 10
ENTRIES_A_SERVER = 10
WORDS_A_TEXT = 35
VOCABULARY = 20_000
MOST_SECONDS = 5.0
LEAST_RECALL = 0.99


class Space(NamedTuple):
    """The model that is said to have made the vectors."""

    model_key: str = "bench-384"
    dimension: int = DIMENSION


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--entries", type=int, default=100_000, metavar="N")
    parser.add_argument("--vectors", type=int, metavar="N", help="the vector index alone")
    arguments = parser.parse_args()
    # As the processes of `make run` have it: a query is answered by one thread.
    os.environ["OMP_NUM_THREADS"] = "1"
    print(f"Load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    if arguments.vectors:
        return vectors_alone(arguments.vectors)
    with tempfile.TemporaryDirectory(prefix="bench-index-") as home:
        os.environ |= {
            "ROLLCALL_HOME": home,
            "DATABASE_URL": f"sqlite:///{home}/db",
            "DJANGO_SETTINGS_MODULE": "registry_site.settings",
        }
        return whole_index(arguments.entries)


def whole_index(count: int) -> int:
    """From stored vectors to answers."""
    import django

    django.setup()
    vectors, queries = vectors_like_texts(count)
    with measured("  entries written into a new database"):
        write_entries(vectors)
    seconds = publication()
    index = loaded()
    recall = compared(index, vectors, queries)
    return int(seconds > MOST_SECONDS or recall < LEAST_RECALL)


def vectors_alone(count: int) -> int:
    """The vector index without all that belongs to entries."""
    from search.index.faiss_index import FaissIndex

    vectors, queries = vectors_like_texts(count)
    print(f"\n{count:,} vectors")
    with measured("  built"):
        index = FaissIndex.build(vectors)
    with measured("  as bytes"):
        content = index.to_bytes()
    print(f"  {len(content) / 1e6:10,.0f} MB in the file")
    del index
    with measured("  from bytes"):
        index = FaissIndex.from_bytes(content)
    recall = compared(index, vectors, queries)
    print(f"  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:10,.0f} MB at most in use")
    return int(recall < LEAST_RECALL)


def vectors_like_texts(count: int) -> tuple[FloatArray, FloatArray]:
    """Vectors as embeddings of ``count`` texts are, and of queries about them.

    Around some thousand centres, which differ more in some directions than in others.
    """
    random = np.random.default_rng(5)
    spread = (1 + np.arange(DIMENSION, dtype=np.float32)) ** -0.4
    centres = of_length_1(random.standard_normal((TEXTS, DIMENSION), dtype=np.float32) * spread)
    vectors = np.empty((count, DIMENSION), dtype=np.float32)
    for block in blocks(count):
        vectors[block] = around(centres, random, len(vectors[block]), noise=NOISE)
    return vectors, around(centres, random, QUERIES, noise=1.0)


def around(
    centres: FloatArray, random: np.random.Generator, count: int, *, noise: float
) -> FloatArray:
    at = centres[random.integers(0, len(centres), count)]
    return of_length_1(
        at + noise / DIMENSION**0.5 * random.standard_normal(at.shape, dtype=np.float32)
    )


def of_length_1(vectors: FloatArray) -> FloatArray:
    normalised: FloatArray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return normalised


def blocks(count: int, size: int = 50_000) -> Iterator[slice]:
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def write_entries(vectors: FloatArray) -> None:
    """A server's own entry and nine of its tools, over and over."""
    from django.core.management import call_command
    from django.db import transaction

    call_command("migrate", verbosity=0)
    with transaction.atomic():
        for block in blocks(len(vectors), 5_000):
            write_block(block, vectors)


def write_block(block: slice, vectors: FloatArray) -> None:
    from accounts.models import Team
    from search import texts
    from search.models import Embedding, SearchEntry, ServerIndexing
    from servers.models import Server, Tool
    from tests.fixtures.factories import CREATED_AT as NOW

    numbers = range(block.start, block.stop)
    team = Team.objects.default()
    servers = Server.objects.bulk_create(
        Server(name=f"org.bench/s{number}", team=team, created_at=NOW, updated_at=NOW)
        for number in numbers[::ENTRIES_A_SERVER]
    )
    server_of = {number: servers[at // ENTRIES_A_SERVER] for at, number in enumerate(numbers)}
    tools = {
        tool.name: tool
        for tool in Tool.objects.bulk_create(
            Tool(
                server=server_of[number],
                name=f"tool_{number}",
                definition={"name": f"tool_{number}"},
                first_seen_at=NOW,
                last_seen_at=NOW,
            )
            for number in numbers
            if number % ENTRIES_A_SERVER
        )
    }
    SearchEntry.objects.bulk_create(
        SearchEntry(
            server=server_of[number],
            tool=tools.get(f"tool_{number}"),
            text_hash=f"{number:064}",
            name=f"tool_{number}",
            words=words,
        )
        for number, words in zip(numbers, some_words(block), strict=True)
    )
    Embedding.objects.bulk_create(
        Embedding(
            model_key=Space().model_key,
            text_hash=f"{number:064}",
            vector=vectors[number].tobytes(),
            created_at=NOW,
        )
        for number in numbers
    )
    ServerIndexing.objects.bulk_create(
        ServerIndexing(
            server=server, model_key=Space().model_key, text_format=texts.FORMAT, indexed_revision=1
        )
        for server in servers
    )


def some_words(block: slice) -> Iterator[str]:
    """Texts whose words are as rare and as frequent as those of a language (Zipf)."""
    random = np.random.default_rng(block.start)
    frequency = 1 / (10 + np.arange(VOCABULARY))
    shape = (block.stop - block.start, WORDS_A_TEXT)
    for row in random.choice(VOCABULARY, size=shape, p=frequency / frequency.sum()):
        yield " ".join(f"word{number}" for number in row)


def publication() -> float:
    """Publish what is stored; the seconds that took."""
    from django.conf import settings
    from django.utils import timezone

    from search import embedding
    from search.index import publication
    from search.index.faiss_index import FaissIndex
    from search.lexical import LexicalIndex
    from search.services import publish_index, publishing

    clock = Clock()
    with ExitStack() as patches:
        patches.enter_context(patch.object(embedding, "ready_model", Space))
        for owner, function, phase in (
            (publishing, "columns_of", "rows read"),
            (FaissIndex, "build", "vectors indexed"),
            (LexicalIndex, "build", "words indexed"),
            (publication, "files_of", "  of the next: made into files"),
            (publishing, "publish", "made into files, checksummed, written and synced"),
            (publishing, "_tidy_up", "tidied up"),
        ):
            timed = clock.timing(getattr(owner, function), phase)
            patches.enter_context(patch.object(owner, function, timed))
        timed = clock.timing(publish_index, "in all, files written and synced")
        report = timed(now=timezone.now())
    print(f"\n{report.entries:,} entries published from stored vectors")
    clock.report()
    for path in sorted((settings.INDEX_DIR / report.version).iterdir()):
        print(f"  {path.stat().st_size / 1e6:8.1f} MB {path.name}")
    return clock.wall["in all, files written and synced"]


class Clock:
    """How long each phase took: as a person waits, and of the processor."""

    def __init__(self) -> None:
        self.wall: defaultdict[str, float] = defaultdict(float)
        self.processor: defaultdict[str, float] = defaultdict(float)

    def timing(self, function: Callable[..., Any], phase: str) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            began, used = time.perf_counter(), time.process_time()
            try:
                return function(*arguments, **named)
            finally:
                self.wall[phase] += time.perf_counter() - began
                self.processor[phase] += time.process_time() - used

        return timed

    def report(self) -> None:
        for phase, seconds in self.wall.items():
            print(f"  {seconds:8.2f} s, {self.processor[phase]:6.2f} s of processor: {phase}")


@contextmanager
def measured(what: str) -> Iterator[None]:
    began, used = time.perf_counter(), time.process_time()
    yield
    seconds, of_processor = time.perf_counter() - began, time.process_time() - used
    print(f"{what}: {seconds:.2f} s, {of_processor:.2f} s of processor")


def loaded() -> VectorIndex:
    """The vectors of what is published, read as a web process does."""
    from django.conf import settings

    from search.index.publication import load_current

    with measured("  loaded and checked"):
        _, corpus = load_current(Path(settings.INDEX_DIR))
    return corpus.vectors


def compared(index: VectorIndex, vectors: FloatArray, queries: FloatArray) -> float:
    """Print recall and latency for each part that may be found; the worst recall."""
    print(f"\n  may be found         recall@{RESULTS}   median     p99   of processor  (ms)")
    recalls = []
    for name, allowed in masks(index.size):
        found, seconds, of_processor = answers(index, queries, allowed)
        recalls.append(recall(found, exact(vectors, queries, allowed)))
        median, slow = np.percentile(seconds, [50, 99]) * 1e3
        used = np.median(of_processor) * 1e3
        print(f"  {name:<20} {recalls[-1]:9.4f} {median:8.2f} {slow:7.2f} {used:14.2f}")
    return min(recalls)


def masks(size: int) -> Iterator[tuple[str, BoolArray]]:
    random = np.random.default_rng(6)
    yield "everything", np.ones(size, dtype=np.bool_)
    for part in (0.5, 0.05, 0.001):
        yield f"{part:.1%} of entries", random.random(size) < part
        of_servers = random.random(size // ENTRIES_A_SERVER + 1) < part
        yield f"{part:.1%} of servers", np.repeat(of_servers, ENTRIES_A_SERVER)[:size]


def answers(
    index: VectorIndex, queries: FloatArray, allowed: BoolArray
) -> tuple[list[IdArray], list[float], list[float]]:
    found, seconds, of_processor = [], [], []
    for query in queries:
        began, used = time.perf_counter(), time.thread_time()
        found.append(index.nearest(query, RESULTS, allowed))
        seconds.append(time.perf_counter() - began)
        of_processor.append(time.thread_time() - used)
    return found, seconds, of_processor


def exact(vectors: FloatArray, queries: FloatArray, allowed: BoolArray) -> list[IdArray]:
    rows = np.flatnonzero(allowed)
    scores = np.concatenate(
        [queries @ vectors[rows[block]].T for block in blocks(len(rows))], axis=1
    )
    return [rows[np.argsort(-row)[:RESULTS]] for row in scores]


def recall(found: list[IdArray], right: list[IdArray]) -> float:
    hits = [len(np.intersect1d(*pair)) for pair in zip(found, right, strict=True)]
    return sum(hits) / sum(map(len, right))


if __name__ == "__main__":
    sys.exit(main())
