"""Publishing an index: a reader finds the old one or the new one, complete, or learns why not."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import orjson
import pytest

from search.corpus import Corpus
from search.index import corpus_files, publication
from search.index.assembly import Row, columns_of
from search.index.corpus_files import (
    ENTRIES_FILE,
    NAMES_FILE,
    VECTORS_FILE,
    WORDS_FILE,
    corpus_of,
    files_of,
)
from search.index.memory_index import MemoryIndex
from search.index.publication import (
    MANIFEST_FILE,
    POINTER_FILE,
    IndexRefused,
    Manifest,
    check_current,
    load_current,
    pointer_signature,
    publish,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FILES = [VECTORS_FILE, ENTRIES_FILE, NAMES_FILE, WORDS_FILE]
EVERY_FILE = [*FILES, MANIFEST_FILE, POINTER_FILE]


def corpus_with(count: int) -> Corpus:
    """Servers (every third entry) and tools, each with a direction and a word of its own."""
    rows = (
        Row(
            entry=10 + number,
            server=number // 3,
            tool=number if number % 3 else None,
            name=f"naïve_{number}",
            words=f"word{number} common",
            vector=np.eye(4, dtype=np.float32)[number % 4].tobytes(),
        )
        for number in range(count)
    )
    return columns_of(rows, dimension=4).corpus(MemoryIndex)


def publish_one(folder: Path, count: int = 3, *, minutes: int = 0) -> Manifest:
    now = NOW + timedelta(minutes=minutes)
    return publish(folder, corpus_with(count), model_key="model-a", text_format=2, now=now)


def path_of(folder: Path, manifest: Manifest, name: str) -> Path:
    return folder / (name if name == POINTER_FILE else f"{manifest.version}/{name}")


def test_what_is_published_is_loaded(tmp_path: Path) -> None:
    published = publish_one(tmp_path)

    manifest, corpus = load_current(tmp_path)

    assert manifest == published == check_current(tmp_path)
    assert (manifest.model_key, manifest.text_format) == ("model-a", 2)
    assert (manifest.count, manifest.high_water_mark, manifest.dimension) == (3, 12, 4)
    assert manifest.files.keys() == set(FILES)
    assert corpus.ids.tolist() == [10, 11, 12]


def test_every_column_of_a_corpus_comes_back() -> None:
    before = corpus_with(7)

    after = corpus_of(files_of(before))

    for column in ("ids", "servers", "tools"):
        assert getattr(after, column).tolist() == getattr(before, column).tolist()
    assert list(after.names) == list(before.names)
    assert after.alive.tolist() == [True] * 7
    rows = np.arange(7)
    query = np.array([0.1, 0.2, 0.3, 0.4], dtype=np.float32)
    assert after.vectors.scores(query, rows).tolist() == pytest.approx(
        [0.1, 0.2, 0.3, 0.4, 0.1, 0.2, 0.3]
    )
    for word in ("word3", "common"):
        said = [corpus.words.scores({word: 1.0}).tolist() for corpus in (before, after)]
        assert said[0] == said[1]
        assert any(said[0])


def test_an_empty_index_is_an_index(tmp_path: Path) -> None:
    publish_one(tmp_path, count=0)

    manifest, corpus = load_current(tmp_path)

    assert (manifest.high_water_mark, manifest.dimension, len(corpus)) == (0, 4, 0)


def test_a_new_version_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    publish_one(tmp_path)
    before = pointer_signature(tmp_path)
    newer = publish_one(tmp_path, 4, minutes=1)

    assert load_current(tmp_path)[0] == newer
    assert pointer_signature(tmp_path) != before


def test_the_last_two_versions_are_kept_and_half_written_ones_deleted(tmp_path: Path) -> None:
    (tmp_path / ".unfinished-killed").mkdir()
    (tmp_path / f".{POINTER_FILE}.killed").touch()
    versions = [publish_one(tmp_path, minutes=minute).version for minute in range(4)]

    kept = sorted(path.name for path in tmp_path.iterdir())

    assert kept == sorted([*versions[-2:], POINTER_FILE])


@pytest.mark.parametrize("step", ["durable_folder", "write_durably"])
def test_a_publication_that_fails_leaves_the_old_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    old = publish_one(tmp_path)

    def disk_full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(publication, step, disk_full)
    with pytest.raises(OSError, match="No space"):
        publish_one(tmp_path, 4, minutes=1)

    assert load_current(tmp_path)[0] == old


def test_nothing_published_is_said(tmp_path: Path) -> None:
    for attempt in (load_current, check_current):
        with pytest.raises(IndexRefused, match="No index is published yet"):
            attempt(tmp_path)


@pytest.mark.parametrize("name", EVERY_FILE)
def test_one_flipped_byte_anywhere_is_noticed(tmp_path: Path, name: str) -> None:
    manifest = publish_one(tmp_path)
    path = path_of(tmp_path, manifest, name)
    content = path.read_bytes()

    for place in np.linspace(0, len(content) - 1, 17, dtype=int).tolist():
        damaged = bytearray(content)
        damaged[place] ^= 0x01
        path.write_bytes(damaged)
        for attempt in (load_current, check_current):
            with pytest.raises(IndexRefused):
                attempt(tmp_path)

    path.write_bytes(content)
    assert load_current(tmp_path)[0] == check_current(tmp_path) == manifest


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused(tmp_path: Path, name: str) -> None:
    path_of(tmp_path, publish_one(tmp_path), name).unlink()

    for attempt in (load_current, check_current):
        with pytest.raises(IndexRefused, match="cannot be read"):
            attempt(tmp_path)


def test_who_refuses_says_which_file_is_damaged(tmp_path: Path) -> None:
    path_of(tmp_path, publish_one(tmp_path), WORDS_FILE).write_bytes(b"?")

    with pytest.raises(IndexRefused, match=r"is damaged: words\.npz"):
        load_current(tmp_path)


@pytest.mark.parametrize("pointer", [b"", b"one two three", b"\xff\xfe", b"\x00 x", b"../x y"])
def test_a_pointer_of_any_content_is_survived(tmp_path: Path, pointer: bytes) -> None:
    publish_one(tmp_path)
    (tmp_path / POINTER_FILE).write_bytes(pointer)

    with pytest.raises(IndexRefused):
        load_current(tmp_path)


@pytest.mark.parametrize("content", [b"other", b""])
@pytest.mark.parametrize("name", FILES)
def test_an_index_of_another_kind_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes
) -> None:
    monkeypatch.setattr(publication, "files_of", lambda each: files_of(each) | {name: content})
    publish_one(tmp_path)

    with pytest.raises(IndexRefused, match="of another kind"):
        load_current(tmp_path)


@pytest.mark.parametrize("name", FILES)
def test_files_of_different_entries_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    longer = {name: files_of(corpus_with(5))[name]}
    monkeypatch.setattr(publication, "files_of", lambda each: files_of(each) | longer)
    publish_one(tmp_path)

    with pytest.raises(IndexRefused, match="of another kind"):
        load_current(tmp_path)


def test_entries_without_a_column_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = {ENTRIES_FILE: files_of(corpus_with(3))[WORDS_FILE]}
    monkeypatch.setattr(publication, "files_of", lambda each: files_of(each) | words)
    publish_one(tmp_path)

    with pytest.raises(IndexRefused, match="of another kind"):
        load_current(tmp_path)


@pytest.mark.parametrize("change", [{"count": 2}, {"dimension": 5}])
def test_a_manifest_that_says_something_else_is_refused(
    tmp_path: Path, change: dict[str, int]
) -> None:
    path = path_of(tmp_path, publish_one(tmp_path), MANIFEST_FILE)
    vouched_for(tmp_path, orjson.dumps(orjson.loads(path.read_bytes()) | change))

    with pytest.raises(IndexRefused, match="is not what its manifest says"):
        load_current(tmp_path)


@pytest.mark.parametrize("manifest", [b"[]", b'{"version": "1"}', b"no json"])
def test_a_manifest_of_another_release_is_refused(tmp_path: Path, manifest: bytes) -> None:
    publish_one(tmp_path)
    vouched_for(tmp_path, manifest)

    for attempt in (load_current, check_current):
        with pytest.raises(IndexRefused, match="another release"):
            attempt(tmp_path)


def test_files_of_another_release_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_one(tmp_path)
    monkeypatch.setattr(publication, "FORMAT", corpus_files.FORMAT + 1)

    for attempt in (load_current, check_current):
        with pytest.raises(IndexRefused, match="another release"):
            attempt(tmp_path)


def vouched_for(folder: Path, manifest: bytes) -> None:
    """Replace the manifest of the current version, and let CURRENT vouch for it."""
    version = (folder / POINTER_FILE).read_text().split()[0]
    (folder / version / MANIFEST_FILE).write_bytes(manifest)
    sha256 = hashlib.sha256(manifest).hexdigest()
    (folder / POINTER_FILE).write_text(f"{version} {sha256}")


def test_a_version_deleted_while_it_is_read_gives_way_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_one(tmp_path)
    read = publication._read_manifest
    newer: list[Manifest] = []

    def read_slowly(folder: Path) -> Manifest:
        manifest = read(folder)
        if not newer:  # meanwhile two more versions are published and this one is deleted
            newer.extend(publish_one(folder, 4, minutes=minute) for minute in (1, 2))
        return manifest

    monkeypatch.setattr(publication, "_read_manifest", read_slowly)

    assert load_current(tmp_path)[0] == newer[-1]


def test_the_manifest_is_plain_json(tmp_path: Path) -> None:
    manifest = publish_one(tmp_path)

    written = orjson.loads((tmp_path / manifest.version / MANIFEST_FILE).read_bytes())

    assert written["files"] == manifest.files
    assert written["created_at"] == "2026-01-01T00:00:00+00:00"
