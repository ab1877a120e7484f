"""What must not go wrong with the published index: kills, damage, and queries while it changes."""

import json
import subprocess  # noqa: TID251 - the tests start it
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count, cycle
from pathlib import Path
from random import Random
from threading import Event

import numpy as np
import pytest

from search.index.publication import IndexRefused, check_current, load_current, publish
from search.index.reader import CorpusReader
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.killed_publisher import corpus_with

KILLS = 100
FLIPS = 100
QUERIES = 10_000
QUERY = np.eye(64, dtype=np.float32)[0]


@pytest.mark.slow
def test_after_every_kill_of_a_publisher_there_is_an_index(tmp_path: Path) -> None:
    killed = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "tests.fixtures.killed_publisher", str(tmp_path), str(KILLS)],
        capture_output=True,
        check=True,
        timeout=55,
    )

    found = json.loads(killed.stdout)
    assert found["refused"] == {}
    assert sum(found["loaded"].values()) == KILLS
    assert found["loaded"].keys() == {"100", "200"}  # publishers did get somewhere


def test_every_flipped_byte_is_noticed(tmp_path: Path) -> None:
    version = publish(tmp_path, corpus_with(50), model_key="m", text_format=1, now=NOW).version
    files = cycle([tmp_path / "CURRENT", *sorted((tmp_path / version).iterdir())])
    random = Random(9)  # noqa: S311

    for _ in range(FLIPS):
        path = next(files)
        content = path.read_bytes()
        damaged = bytearray(content)
        damaged[random.randrange(len(content))] ^= 1 << random.randrange(8)
        path.write_bytes(damaged)
        assert refuses(lambda: load_current(tmp_path))
        assert refuses(lambda: check_current(tmp_path))
        path.write_bytes(content)

    assert len(load_current(tmp_path)[1]) == 50


def refuses(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except IndexRefused:
        return True
    return False


class NothingNewer:
    """A database without newer entries."""

    def stamp(self) -> str:
        return ""

    def newest(self, *, beyond: int, most: int) -> list[int]:
        return []

    def rows(self, ids: object, model_key: str) -> list[tuple[object, ...]]:
        return []


def test_no_query_fails_while_the_index_changes(tmp_path: Path) -> None:
    corpora = [corpus_with(100), corpus_with(200)]
    publish(tmp_path, corpora[0], model_key="m", text_format=1, now=NOW)
    reader, over = CorpusReader(tmp_path, NothingNewer()), Event()

    def publish_until_over() -> None:
        for number in count(1):
            now = NOW + timedelta(seconds=number)
            publish(tmp_path, corpora[number % 2], model_key="m", text_format=1, now=now)
            if over.is_set():
                return

    def ask(_: int) -> tuple[str, int]:
        found = reader.corpora()
        rows = found.published.vectors.nearest(QUERY, 300, found.published.alive)
        assert len(rows) == found.manifest.count == found.published.words.size
        return found.manifest.version, len(rows)

    with ThreadPoolExecutor(5) as threads:
        publisher = threads.submit(publish_until_over)
        answers = set(threads.map(ask, range(QUERIES)))
        over.set()
        publisher.result()

    assert {size for _, size in answers} == {100, 200}
