"""The reader of the published index: it follows publications and adds what is newer."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from search.index import fresh, publication, reader
from search.index.assembly import Row, columns_of
from search.index.corpus_files import VECTORS_FILE
from search.index.memory_index import MemoryIndex
from search.index.publication import IndexRefused, Manifest, publish
from search.index.reader import Corpora, CorpusReader

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EYE = np.eye(4, dtype=np.float32)


def entry(pk: int, *, server: int = 1, tool: int | None = None, vector: bool = True) -> Row:
    """An entry of a tool of its own, unless said otherwise."""
    return Row(
        entry=pk,
        server=server,
        tool=pk if tool is None else tool or None,
        name=f"tool_{pk}",
        words=f"word{pk} common",
        vector=EYE[pk % 4].tobytes() if vector else None,
    )


class Database:
    """The entries as the reader asks for them."""

    def __init__(self) -> None:
        self.written: dict[int, Row] = {}
        self.writes = 0
        self.read: list[list[int]] = []

    def write(self, *rows: Row) -> None:
        self.written |= {row.entry: row for row in rows}
        self.writes += 1

    def delete(self, *ids: int) -> None:
        for pk in ids:
            del self.written[pk]
        self.writes += 1

    def stamp(self) -> str:
        return str(self.writes)

    def newest(self, *, beyond: int, most: int) -> Sequence[int]:
        return sorted((pk for pk in self.written if pk > beyond), reverse=True)[:most]

    def rows(self, ids: Iterable[int], model_key: str) -> Iterable[tuple[Any, ...]]:
        assert model_key == "model-a"
        self.read.append(sorted(ids))
        return [self.written[pk] for pk in ids if pk in self.written]


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def index(tmp_path: Path, database: Database) -> CorpusReader:
    return CorpusReader(tmp_path, database)


def published(folder: Path, *ids: int, minutes: int = 0) -> Manifest:
    rows = [entry(pk, server=pk) for pk in ids]
    corpus = columns_of(rows, dimension=4).corpus(MemoryIndex)
    now = NOW + timedelta(minutes=minutes)
    return publish(folder, corpus, model_key="model-a", text_format=1, now=now)


def alive(corpora: Corpora) -> list[int]:
    """The ids of what can be found."""
    both = (corpora.published, corpora.fresh)
    return [pk for corpus in both for pk in corpus.ids[corpus.alive].tolist()]


# --- What is published -------------------------------------------------------------------------


def test_what_is_published_is_read_once(tmp_path: Path, index: CorpusReader) -> None:
    manifest = published(tmp_path, 4, 5, 8)

    corpora = index.corpora()

    assert (corpora.manifest, alive(corpora)) == (manifest, [4, 5, 8])
    assert index.corpora() is corpora


def test_a_new_publication_is_read_without_a_restart(tmp_path: Path, index: CorpusReader) -> None:
    published(tmp_path, 4)
    before = index.corpora()

    published(tmp_path, 8, minutes=1)

    assert alive(index.corpora()) == [8]
    assert alive(before) == [4]


def test_without_an_index_it_says_so(index: CorpusReader) -> None:
    with pytest.raises(IndexRefused, match="No index is published yet"):
        index.corpora()


def test_a_damaged_index_is_refused_until_another_is_published(
    tmp_path: Path, index: CorpusReader
) -> None:
    published(tmp_path, 1)
    index.corpora()
    manifest = published(tmp_path, 4, minutes=1)
    (tmp_path / manifest.version / VECTORS_FILE).write_bytes(b"damaged")
    for _ in range(2):
        with pytest.raises(IndexRefused, match="damaged"):
            index.corpora()

    published(tmp_path, 4, minutes=2)
    assert alive(index.corpora()) == [4]


@pytest.mark.parametrize("refused_for", [0.0, 60.0])
def test_a_file_that_was_repaired_is_read_after_a_while(
    tmp_path: Path, index: CorpusReader, monkeypatch: pytest.MonkeyPatch, refused_for: float
) -> None:
    monkeypatch.setattr(reader, "REFUSED_FOR", refused_for)
    path = tmp_path / published(tmp_path, 4).version / VECTORS_FILE
    content = path.read_bytes()
    path.write_bytes(b"damaged")
    with pytest.raises(IndexRefused):
        index.corpora()

    path.write_bytes(content)

    if refused_for:
        with pytest.raises(IndexRefused):
            index.corpora()
    else:
        assert alive(index.corpora()) == [4]


# --- What is newer -----------------------------------------------------------------------------


def test_what_is_newer_than_the_index_stands_beside_it(
    tmp_path: Path, index: CorpusReader, database: Database
) -> None:
    published(tmp_path, 5, 8)
    assert alive(index.corpora()) == [5, 8]

    database.write(entry(12), entry(13))

    fresh = index.corpora().fresh
    assert fresh.ids.tolist() == [12, 13]
    assert list(fresh.names) == ["tool_12", "tool_13"]
    assert fresh.vectors.scores(EYE[0], np.array([0, 1])).tolist() == [1.0, 0.0]
    assert fresh.words.scores({"word13": 1.0}).argmax() == 1


def test_newer_words_are_weighed_like_the_published_ones(
    tmp_path: Path, index: CorpusReader, database: Database
) -> None:
    published(tmp_path, 5)
    database.write(entry(12)._replace(words="common " * 50), entry(5 + 4 * 2))

    corpora = index.corpora()

    common = {"common": 1.0}
    assert corpora.fresh.words.scores(common)[1] == corpora.published.words.scores(common)[0]


def test_an_entry_without_a_vector_is_found_by_its_words_until_it_gets_one(
    tmp_path: Path, index: CorpusReader, database: Database
) -> None:
    published(tmp_path, 5)
    database.write(entry(12, vector=False))
    fresh = index.corpora().fresh
    assert fresh.words.scores({"word12": 1.0})[0] > 0
    assert fresh.vectors.scores(EYE[0], np.array([0])).tolist() == [0.0]

    database.write(entry(12))

    assert index.corpora().fresh.vectors.scores(EYE[0], np.array([0])).tolist() == [1.0]


def test_what_is_known_is_not_read_again(
    tmp_path: Path, index: CorpusReader, database: Database
) -> None:
    published(tmp_path, 5)
    for row in (entry(12), entry(13, vector=False), entry(14)):
        database.write(row)
        index.corpora()
        index.corpora()

    assert database.read == [[12], [13], [13, 14]]


def test_what_is_gone_is_forgotten(tmp_path: Path, index: CorpusReader, database: Database) -> None:
    published(tmp_path, 5)
    database.write(entry(12), entry(13))
    index.corpora()

    database.delete(12)

    assert alive(index.corpora()) == [5, 13]


def test_the_newest_entries_are_taken_when_there_are_too_many(
    tmp_path: Path,
    index: CorpusReader,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fresh, "MOST_FRESH", 2)
    published(tmp_path, 5)
    database.write(entry(12), entry(13), entry(14))

    assert alive(index.corpora()) == [5, 13, 14]


def test_a_changed_text_of_a_tool_stands_for_the_published_one(
    tmp_path: Path, index: CorpusReader, database: Database
) -> None:
    published(tmp_path, 5, 8)

    database.write(entry(12, server=8, tool=8))

    assert alive(index.corpora()) == [5, 12]


def test_a_changed_text_of_a_server_leaves_those_of_its_tools(
    tmp_path: Path, index: CorpusReader, database: Database
) -> None:
    rows = [entry(5, server=1, tool=0), entry(6, server=1), entry(7, server=2, tool=0)]
    corpus = columns_of(rows, dimension=4).corpus(MemoryIndex)
    publish(tmp_path, corpus, model_key="model-a", text_format=1, now=NOW)

    database.write(entry(12, server=1, tool=0))

    assert alive(index.corpora()) == [6, 7, 12]


def test_what_callers_found_to_be_gone_is_left_out_from_then_on(
    tmp_path: Path, index: CorpusReader, database: Database
) -> None:
    published(tmp_path, 5, 8)
    database.write(entry(12), entry(13))
    index.corpora().forget([8, 12, 999])

    assert alive(index.corpora()) == [5, 13]


# --- Many at once ------------------------------------------------------------------------------


def test_while_one_thread_loads_the_others_go_on_with_what_there_was(
    tmp_path: Path, index: CorpusReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(tmp_path, 4)
    index.corpora()
    published(tmp_path, 8, minutes=1)
    loading, others_asked = threading.Event(), threading.Event()
    load = publication.load_current

    def load_slowly(folder: Path) -> Any:
        loading.set()
        others_asked.wait(10)
        return load(folder)

    monkeypatch.setattr(reader, "load_current", load_slowly)
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(index.corpora)
        assert loading.wait(10)
        meanwhile = [alive(index.corpora()) for _ in range(3)]
        others_asked.set()

    assert meanwhile == [[4]] * 3
    assert alive(first.result()) == alive(index.corpora()) == [8]


def test_a_loader_that_fails_lets_the_next_one_try(
    tmp_path: Path, index: CorpusReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(tmp_path, 4)
    with monkeypatch.context() as broken:
        broken.setattr(reader, "load_current", lambda folder: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            index.corpora()

    assert alive(index.corpora()) == [4]


def test_queries_during_publications_see_one_version_each(
    tmp_path: Path, index: CorpusReader
) -> None:
    published(tmp_path, 1, 2, 3)

    def ask(_: int) -> tuple[int, ...]:
        return tuple(alive(index.corpora()))

    with ThreadPoolExecutor(4) as threads:
        answers: Iterator[tuple[int, ...]] = threads.map(ask, range(400))
        for minute in range(1, 10):
            published(tmp_path, *((4, 5, 6) if minute % 2 else (1, 2, 3)), minutes=minute)

    assert set(answers) <= {(1, 2, 3), (4, 5, 6)}
