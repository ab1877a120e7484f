"""Folders that appear whole or not at all."""

from pathlib import Path

import pytest

from search.durable_folders import durable_folder, remove_unfinished


def test_a_folder_appears_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "versions" / "one"
    with durable_folder(target) as folder:
        (folder / "file").write_text("content")
        assert not target.exists()

    assert (target / "file").read_text() == "content"
    assert [path.name for path in target.parent.iterdir()] == ["one"]


def test_others_may_read_it(tmp_path: Path) -> None:
    with durable_folder(tmp_path / "one"):
        pass

    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o755


def test_nothing_is_left_of_a_folder_that_failed(tmp_path: Path) -> None:
    def fill_half() -> None:
        with durable_folder(tmp_path / "one") as folder:
            (folder / "file").write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fill_half()

    assert list(tmp_path.iterdir()) == []


def test_who_was_quicker_stays(tmp_path: Path) -> None:
    target = tmp_path / "one"
    with durable_folder(target) as folder:
        (folder / "file").write_text("late")
        target.mkdir()
        (target / "file").write_text("early")

    assert (target / "file").read_text() == "early"
    assert list(tmp_path.iterdir()) == [target]


def test_a_place_that_cannot_be_taken_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("a file")

    with pytest.raises(NotADirectoryError), durable_folder(tmp_path / "one"):
        pass


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".unfinished-x").mkdir()
    (tmp_path / "finished").mkdir()

    remove_unfinished(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["finished"]
