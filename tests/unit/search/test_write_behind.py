"""Rows written in the background: in order, bounded, and by a thread that survives."""

import os
import threading
from collections.abc import Callable

import pytest
from django.db import IntegrityError, OperationalError

from search import write_behind
from search.write_behind import WriteBehind

Write = Callable[[list[int]], list[int]]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_behind, "MOST_WAITING", 5)
    monkeypatch.setattr(write_behind, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(write_behind, "PERIOD", 0.001)


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written but by ``flush``."""
    monkeypatch.setattr(WriteBehind, "start", lambda self: None)


def filled(write: Write, *rows: int) -> WriteBehind[int]:
    behind = WriteBehind(write)
    for row in rows:
        behind.add(row)
    return behind


@pytest.mark.usefixtures("by_hand")
def test_rows_are_written_in_their_order_some_at_once() -> None:
    written: list[list[int]] = []

    def write(rows: list[int]) -> list[int]:
        written.append(rows)
        return []

    behind = filled(write, 1, 2, 3)

    assert behind.flush()
    assert written == [[1, 2], [3]]
    assert len(behind) == 0


@pytest.mark.usefixtures("by_hand")
def test_the_oldest_are_dropped_when_too_many_wait() -> None:
    written: list[int] = []

    def write(rows: list[int]) -> list[int]:
        written.extend(rows)
        return []

    filled(write, *range(8)).flush()

    assert written == [3, 4, 5, 6, 7]


@pytest.mark.usefixtures("by_hand")
def test_what_cannot_be_placed_yet_waits() -> None:
    placed: list[int] = []

    def even(rows: list[int]) -> list[int]:
        placed.extend(row for row in rows if row % 2 == 0)
        return [row for row in rows if row % 2]

    behind = filled(even, 1, 2)
    behind.flush()

    assert placed == [2]
    assert len(behind) == 1


@pytest.mark.usefixtures("by_hand")
def test_what_cannot_be_placed_yet_keeps_nothing_behind_it_from_being_written() -> None:
    offered: list[list[int]] = []

    def from_3_on(rows: list[int]) -> list[int]:
        offered.append(rows)
        return [row for row in rows if row < 3]

    behind = filled(from_3_on, 1, 2, 3, 4, 5)

    assert behind.flush()
    assert offered == [[1, 2], [3, 4], [5]]
    assert list(behind._waiting) == [1, 2]


@pytest.mark.usefixtures("by_hand")
def test_what_cannot_be_placed_yet_waits_before_what_the_database_did_not_take() -> None:
    def write(rows: list[int]) -> list[int]:
        if 3 in rows:
            raise OperationalError("database is locked")
        return rows

    behind = filled(write, 1, 2, 3, 4)

    assert not behind.flush()
    assert list(behind._waiting) == [1, 2, 3, 4]


@pytest.mark.usefixtures("by_hand")
def test_rows_wait_while_the_database_cannot_write() -> None:
    written: list[int] = []
    answers = [OperationalError("database is locked"), None]

    def write(rows: list[int]) -> list[int]:
        if error := answers.pop(0):
            raise error
        written.extend(rows)
        return []

    behind = filled(write, 1, 2)

    assert not behind.flush()
    assert behind.flush()
    assert written == [1, 2]


@pytest.mark.usefixtures("by_hand")
def test_while_they_wait_the_oldest_make_room_for_the_newest() -> None:
    def full_meanwhile(rows: list[int]) -> list[int]:
        for row in range(10, 14):
            behind.add(row)
        raise OperationalError

    behind = filled(full_meanwhile, 1, 2)
    behind.flush()

    assert list(behind._waiting) == [2, 10, 11, 12, 13]


@pytest.mark.usefixtures("by_hand")
@pytest.mark.parametrize("error", [IntegrityError("no such account"), ValueError("a bug")])
def test_rows_that_are_refused_are_dropped_and_the_next_are_written(error: Exception) -> None:
    answers: list[list[int]] = []

    def write(rows: list[int]) -> list[int]:
        if 1 in rows:
            raise error
        answers.append(rows)
        return []

    behind = filled(write, 1, 2, 3)

    assert behind.flush()
    assert answers == [[3]]


def test_a_thread_writes_by_itself_and_goes_on_after_an_error() -> None:
    written, answers = threading.Event(), [ValueError("a bug"), OperationalError("locked"), None]
    threads: list[threading.Thread] = []

    def write(rows: list[int]) -> list[int]:
        threads.append(threading.current_thread())
        if error := answers.pop(0):
            behind.add(7)
            raise error
        written.set()
        return []

    behind = filled(write, 1)

    assert written.wait(5)
    assert set(threads) == {behind._thread}
    assert threading.current_thread() not in threads


def test_a_forked_process_leaves_to_its_parent_what_waits() -> None:
    behind = filled(lambda rows: [], 1)
    os.register_at_fork(after_in_child=behind.start_over)
    with behind._writing:
        child = os.fork()
        if child == 0:
            os._exit(len(behind) + behind._writing.locked() + (behind._thread is not None))

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
