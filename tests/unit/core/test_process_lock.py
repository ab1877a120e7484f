"""The locks by which a start of the stack knows what an earlier one left running."""

import os
from pathlib import Path

import pytest

from scripts.process_lock import AlreadyRunning, holder, lock_folder, roles_of, take


@pytest.fixture
def home(tmp_path: Path) -> Path:
    lock_folder(tmp_path).mkdir()
    return tmp_path


def test_a_role_is_taken_once(home: Path) -> None:
    descriptor = take(home, "web-0")

    with pytest.raises(AlreadyRunning, match=f"web-0 is already running as process {os.getpid()}"):
        take(home, "web-0")

    os.close(descriptor)


def test_roles_do_not_hinder_each_other(home: Path) -> None:
    first, second = take(home, "web-0"), take(home, "web-1")

    assert holder(home, "web-1") == os.getpid()

    os.close(first)
    os.close(second)


def test_a_closed_lock_has_no_holder_whatever_number_its_file_keeps(home: Path) -> None:
    os.close(take(home, "worker"))

    assert (lock_folder(home) / "worker.lock").read_text() == str(os.getpid())
    assert holder(home, "worker") is None


def test_leftovers_end_in_an_order_that_keeps_redis_to_the_last(home: Path) -> None:
    for role in ("redis", "launcher", "web-1", "worker", "supervisord", "beat", "demo"):
        (lock_folder(home) / f"{role}.lock").touch()

    assert roles_of(home) == ["supervisord", "web-1", "demo", "beat", "worker", "redis"]
