"""The reader of the published index: it follows publications and adds what is newer."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from search.index.base import FloatArray, IdArray
from search.index.memory_index import MemoryIndex
from search.index.publication import INDEX_FILE, IndexRefused, Manifest, publish
from search.index.reader import IndexReader

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EYE = np.eye(4, dtype=np.float32)
ALL = np.arange(1, 100, dtype=np.int64)


class Database:
    """Where the reader gets the vectors of entries that are newer than the index."""

    def __init__(self) -> None:
        self.vectors: dict[int, FloatArray] = {}
        self.asked: list[list[int]] = []

    def fetch(self, ids: IdArray, model_key: str) -> Mapping[int, FloatArray]:
        assert model_key == "model-a"
        self.asked.append(ids.tolist())
        return {pk: self.vectors[pk] for pk in ids.tolist() if pk in self.vectors}


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def reader(tmp_path: Path, database: Database) -> IndexReader:
    return IndexReader(tmp_path, database.fetch)


def published(folder: Path, *ids: int, minutes: int = 0) -> Manifest:
    array = np.array(ids, dtype=np.int64)
    index = MemoryIndex.build(array, EYE[array % 4])
    return publish(folder, index, model_key="model-a", now=NOW + timedelta(minutes=minutes))


def found(reader: IndexReader, *allowed: int, k: int = 10, query: int = 0) -> list[int]:
    ids, _ = reader.search(EYE[query], k, np.array(allowed, dtype=np.int64), model_key="model-a")
    return ids.tolist()


def test_only_allowed_ids_are_found(tmp_path: Path, reader: IndexReader) -> None:
    published(tmp_path, 4, 5, 8)

    assert found(reader, 5, 8) == [8, 5]


def test_a_new_publication_is_read_without_a_restart(tmp_path: Path, reader: IndexReader) -> None:
    published(tmp_path, 4)
    assert found(reader, 4, 8) == [4]

    published(tmp_path, 8, minutes=1)
    assert found(reader, 4, 8) == [8]


def test_what_is_newer_than_the_index_is_searched_beside_it(
    tmp_path: Path, reader: IndexReader, database: Database
) -> None:
    published(tmp_path, 5, 8)
    database.vectors = {12: EYE[0], 13: EYE[1]}

    assert found(reader, 5, 8, 12, 13, k=2) == [8, 12]
    assert found(reader, 5, 13, k=1, query=1) == [5]


def test_newer_vectors_are_fetched_once_and_absent_ones_are_asked_for_again(
    tmp_path: Path, reader: IndexReader, database: Database
) -> None:
    published(tmp_path, 5)
    database.vectors = {12: EYE[0]}

    for _ in range(2):
        found(reader, 5, 12, 13)

    assert database.asked == [[12, 13], [13]]


def test_the_newest_entries_come_first_when_there_are_too_many(
    tmp_path: Path, reader: IndexReader, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.index.reader.MOST_FRESH", 2)
    published(tmp_path, 5)

    found(reader, 5, 12, 13, 14)

    assert database.asked == [[13, 14]]


def test_a_damaged_index_is_refused_until_another_is_published(
    tmp_path: Path, reader: IndexReader
) -> None:
    manifest = published(tmp_path, 4)
    (tmp_path / manifest.version / INDEX_FILE).write_bytes(b"damaged")
    for _ in range(2):
        with pytest.raises(IndexRefused, match="damaged"):
            found(reader, 4)

    published(tmp_path, 4, minutes=1)
    assert found(reader, 4) == [4]


def test_without_an_index_it_says_so(reader: IndexReader) -> None:
    with pytest.raises(IndexRefused, match="No index is published yet"):
        found(reader, 4)


def test_another_model_is_refused_although_the_index_is_loaded(
    tmp_path: Path, reader: IndexReader
) -> None:
    published(tmp_path, 4)
    found(reader, 4)

    with pytest.raises(IndexRefused, match="not with model-b"):
        reader.search(EYE[0], 5, ALL, model_key="model-b")


def test_queries_during_publications_see_one_version_each(
    tmp_path: Path, reader: IndexReader
) -> None:
    published(tmp_path, 1, 2, 3)

    def ask(_: int) -> list[int]:
        return sorted(found(reader, *range(1, 7)))

    with ThreadPoolExecutor(4) as threads:
        answers = threads.map(ask, range(400))
        for minute in range(1, 30):
            ids = (4, 5, 6) if minute % 2 else (1, 2, 3)
            published(tmp_path, *ids, minutes=minute)

    assert {tuple(answer) for answer in answers} <= {(1, 2, 3), (4, 5, 6)}
