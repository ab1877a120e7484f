"""Publishing an index: a reader finds the old one or the new one, complete, or learns why not."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import orjson
import pytest

from search.index import publication
from search.index.memory_index import MemoryIndex
from search.index.publication import (
    INDEX_FILE,
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
MODEL = {"model_key": "model-a", "dimension": 4}


def index_of(count: int) -> MemoryIndex:
    vectors = np.eye(4, dtype=np.float32)[np.arange(count) % 4]
    return MemoryIndex.build(np.arange(1, count + 1, dtype=np.int64), vectors)


def publish_one(folder: Path, count: int = 3, *, minutes: int = 0) -> Manifest:
    now = NOW + timedelta(minutes=minutes)
    return publish(folder, index_of(count), model_key="model-a", now=now)


def test_what_is_published_is_loaded(tmp_path: Path) -> None:
    published = publish_one(tmp_path)

    manifest, index = load_current(tmp_path, **MODEL)

    assert manifest == published == check_current(tmp_path, **MODEL)
    assert (manifest.count, manifest.high_water_mark, manifest.dimension) == (3, 3, 4)
    assert index.ids.tolist() == [1, 2, 3]


def test_an_empty_index_is_an_index(tmp_path: Path) -> None:
    publish_one(tmp_path, count=0)

    manifest, index = load_current(tmp_path, **MODEL)

    assert (manifest.high_water_mark, index.size) == (0, 0)


def test_a_new_version_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    publish_one(tmp_path)
    before = pointer_signature(tmp_path)
    newer = publish_one(tmp_path, 4, minutes=1)

    assert load_current(tmp_path, **MODEL)[0] == newer
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

    assert load_current(tmp_path, **MODEL)[0] == old


def test_nothing_published_is_said(tmp_path: Path) -> None:
    for attempt in (load_current, check_current):
        with pytest.raises(IndexRefused, match="No index is published yet"):
            attempt(tmp_path, **MODEL)


@pytest.mark.parametrize("where", [0.0, 0.3, 0.6, 0.999])
@pytest.mark.parametrize("name", [INDEX_FILE, MANIFEST_FILE, POINTER_FILE])
def test_one_flipped_byte_anywhere_is_noticed(tmp_path: Path, name: str, where: float) -> None:
    manifest = publish_one(tmp_path)
    path = tmp_path / (name if name == POINTER_FILE else f"{manifest.version}/{name}")
    content = bytearray(path.read_bytes())
    content[int(len(content) * where)] ^= 0x01
    path.write_bytes(content)

    for attempt in (load_current, check_current):
        with pytest.raises(IndexRefused):
            attempt(tmp_path, **MODEL)


@pytest.mark.parametrize(
    ("expected", "reason"),
    [
        ({"model_key": "model-b", "dimension": 4}, "made with the model model-a, not with model-b"),
        ({"model_key": "model-a", "dimension": 5}, "have 4 dimensions, not 5"),
    ],
)
def test_an_index_of_another_model_is_refused(
    tmp_path: Path, expected: dict[str, object], reason: str
) -> None:
    publish_one(tmp_path)

    for attempt in (load_current, check_current):
        with pytest.raises(IndexRefused, match=reason):
            attempt(tmp_path, **expected)


def test_a_missing_index_file_is_refused(tmp_path: Path) -> None:
    manifest = publish_one(tmp_path)
    (tmp_path / manifest.version / INDEX_FILE).unlink()

    for attempt in (load_current, check_current):
        with pytest.raises(IndexRefused, match="cannot be read"):
            attempt(tmp_path, **MODEL)


@pytest.mark.parametrize("pointer", [b"", b"one two three", b"\xff\xfe", b"\x00 x", b"../x y"])
def test_a_pointer_of_any_content_is_survived(tmp_path: Path, pointer: bytes) -> None:
    publish_one(tmp_path)
    (tmp_path / POINTER_FILE).write_bytes(pointer)

    with pytest.raises(IndexRefused):
        load_current(tmp_path, **MODEL)


def test_an_index_of_another_kind_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemoryIndex, "to_bytes", lambda self: b"something else")
    publish_one(tmp_path)

    with pytest.raises(IndexRefused, match="of another kind"):
        load_current(tmp_path, **MODEL)


@pytest.mark.parametrize("manifest", [b"[]", b'{"version": "1"}', b"no json"])
def test_a_manifest_of_another_release_is_refused(tmp_path: Path, manifest: bytes) -> None:
    version = publish_one(tmp_path).version
    (tmp_path / version / MANIFEST_FILE).write_bytes(manifest)
    sha256 = hashlib.sha256(manifest).hexdigest()
    (tmp_path / POINTER_FILE).write_text(f"{version} {sha256}")

    with pytest.raises(IndexRefused, match="another release"):
        load_current(tmp_path, **MODEL)


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

    assert load_current(tmp_path, **MODEL)[0] == newer[-1]


def test_the_manifest_is_plain_json(tmp_path: Path) -> None:
    manifest = publish_one(tmp_path)

    written = orjson.loads((tmp_path / manifest.version / MANIFEST_FILE).read_bytes())

    assert written["sha256"] == manifest.sha256
    assert written["created_at"] == "2026-01-01T00:00:00+00:00"
