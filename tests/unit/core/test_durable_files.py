"""registry_site.lib.durable_files: the old content or the new one, never half of it."""

import os
import stat
from pathlib import Path
from typing import NoReturn

import pytest

from registry_site.lib.durable_files import create_durably, write_durably


def test_a_file_is_written_with_its_folder_and_mode(temp_dir: Path) -> None:
    path = temp_dir / "new" / "secret"

    write_durably(path, b"content", mode=0o600)

    assert path.read_bytes() == b"content"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_is_replaced(temp_dir: Path) -> None:
    path = temp_dir / "file"
    path.write_bytes(b"old")

    write_durably(path, b"new")

    assert path.read_bytes() == b"new"


def test_what_fails_before_the_rename_leaves_the_old_content_and_no_litter(
    temp_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = temp_dir / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", disk_full)

    with pytest.raises(OSError, match="disk full"):
        write_durably(path, b"new")

    assert path.read_bytes() == b"old"
    assert list(temp_dir.iterdir()) == [path]


def test_the_content_is_on_disk_before_its_name_is(
    temp_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = temp_dir / "file"
    existed_at_sync: list[bool] = []
    monkeypatch.setattr(os, "fsync", lambda _: existed_at_sync.append(path.exists()))

    write_durably(path, b"new")

    assert existed_at_sync == [False, True]  # the content, then the folder that names it


def test_the_first_to_create_a_file_wins(temp_dir: Path) -> None:
    path = temp_dir / "file"

    create_durably(path, b"first", mode=0o600)
    create_durably(path, b"second", mode=0o600)

    assert path.read_bytes() == b"first"
    assert list(temp_dir.iterdir()) == [path]


def disk_full(_: int) -> NoReturn:
    raise OSError("disk full")
