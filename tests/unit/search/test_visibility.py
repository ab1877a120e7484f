"""What may be found, as columns: sets of ids, masks, and who works an answer out."""

from contextlib import suppress
from datetime import UTC, datetime
from threading import Barrier, BrokenBarrierError, Thread
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from accounts.services import ANONYMOUS, Principal
from search import visibility
from search.corpus import Corpus
from search.id_sets import IdSet
from search.visibility import PartlySeen, Visible

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
# Two servers with two tools each, and a third without any.
CORPUS = cast(
    Corpus,
    SimpleNamespace(
        servers=np.array([1, 1, 1, 2, 2, 2, 9]), tools=np.array([0, 11, 12, 0, 21, 22, 0])
    ),
)


def ids(*numbers: int) -> IdSet:
    return IdSet.of(np.array(numbers, dtype=np.int64))


def found(**columns: object) -> list[tuple[int, int]]:
    """The server and the tool of each row that may be found."""
    visible = Visible(**({"servers": ids(1, 2), "hidden_tools": ids()} | columns))  # type: ignore[arg-type]
    rows = np.flatnonzero(visible.mask(CORPUS))
    return list(zip(CORPUS.servers[rows].tolist(), CORPUS.tools[rows].tolist(), strict=True))


def test_ids_are_looked_up_column_by_column() -> None:
    some = ids(3, 5)

    assert some.has(np.array([0, 3, 4, 5, 6, 7, 10_000])).tolist() == [0, 1, 0, 1, 0, 0, 0]
    assert ids().has(np.array([0, 1, 2])).tolist() == [False] * 3
    assert some.ids().tolist() == [3, 5]


@pytest.mark.parametrize(("one", "other"), [((3, 5, 900), (5, 7)), ((5,), (1, 5, 900)), ((5,), ())])
def test_what_is_in_both(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    both = ids(*one) & ids(*other)

    assert both.ids().tolist() == sorted(set(one) & set(other))
    assert not both.has(np.array([899, 900, 901])).any()


def test_servers_come_with_their_tools() -> None:
    assert found(servers=ids(1)) == [(1, 0), (1, 11), (1, 12)]
    assert found(servers=ids()) == []


def test_tools_that_are_not_shown_are_left_out() -> None:
    assert found(hidden_tools=ids(11, 22)) == [(1, 0), (1, 12), (2, 0), (2, 21)]


def test_of_a_server_seen_in_part_some_tools_are_found() -> None:
    partly = PartlySeen(servers=ids(2, 9), tools=ids(21))

    assert found(servers=ids(1, 2, 9), partly=partly) == [
        *((1, 0), (1, 11), (1, 12)),
        *((2, 0), (2, 21)),
        (9, 0),
    ]


def test_tools_that_are_asked_for_come_without_their_servers() -> None:
    assert found(only_tools=ids(12, 21), hidden_tools=ids(21)) == [(1, 12)]
    assert found(only_tools=ids()) == []


def test_of_many_who_ask_at_once_one_works_the_answer_out(monkeypatch: pytest.MonkeyPatch) -> None:
    memory, everybody, somebody_else = visibility._Memory(), Barrier(4), Barrier(2)
    worked_out: list[str] = []
    said: list[Visible] = []

    def answer(_: Principal, stamp: str, __: datetime) -> visibility._Answer:
        worked_out.append(stamp)
        with suppress(BrokenBarrierError):
            somebody_else.wait(timeout=0.2)  # nobody comes
        visible = Visible(servers=ids(1), hidden_tools=ids())
        return visibility._Answer(stamp=stamp, until=None, visible=visible)

    def ask() -> None:
        everybody.wait(timeout=5)
        said.append(memory.visible(ANONYMOUS, stamp="s", now=NOW))

    monkeypatch.setattr(visibility, "_answer", answer)
    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=5)

    assert worked_out == ["s"]
    assert said == [said[0]] * 4
