"""A progress bar for work that counts itself, on stderr so that stdout stays the report's."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from tqdm import tqdm


class Progress(Protocol):
    """What a long piece of work is handed to say how far it is."""

    def total(self, count: int, *, done: int = 0) -> None:
        """``count`` items are to be done in all, of which ``done`` already are."""

    def advance(self, count: int = 1) -> None:
        """``count`` more items are done."""


class NoProgress:
    """For work that nobody watches."""

    def total(self, count: int, *, done: int = 0) -> None:
        pass

    def advance(self, count: int = 1) -> None:
        pass


class _Bar:
    """Appears with the first total: work refused before it began leaves no empty bar behind."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._bar: tqdm[Any] | None = None

    def total(self, count: int, *, done: int = 0) -> None:
        if self._bar is None:
            self._bar = tqdm(desc=self._label, total=count, initial=done)
        else:
            self._bar.total, self._bar.n = count, done
            self._bar.refresh()

    def advance(self, count: int = 1) -> None:
        if self._bar is not None:
            self._bar.update(count)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


@contextmanager
def progress_bar(label: str, *, shown: bool = True) -> Iterator[Progress]:
    """A bar on stderr while the block runs; ``shown=False`` for a quiet run."""
    if not shown:
        yield NoProgress()
        return
    bar = _Bar(label)
    try:
        yield bar
    finally:
        bar.close()
