"""A progress bar for work that counts itself, on stderr so that stdout stays the report's."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from tqdm import tqdm


class Progress(Protocol):
    """What a long piece of work is handed to say how far it is."""

    def total(self, count: int) -> None:
        """``count`` items are to be done in all."""

    def advance(self, count: int = 1) -> None:
        """``count`` more items are done."""


class NoProgress:
    """For work that nobody watches."""

    def total(self, count: int) -> None:
        pass

    def advance(self, count: int = 1) -> None:
        pass


class _Bar:
    def __init__(self, bar: "tqdm[Any]") -> None:
        self._bar = bar

    def total(self, count: int) -> None:
        self._bar.reset(total=count)

    def advance(self, count: int = 1) -> None:
        self._bar.update(count)


@contextmanager
def progress_bar(label: str, *, shown: bool = True) -> Iterator[Progress]:
    """A bar on stderr while the block runs; ``shown=False`` for a quiet run."""
    with tqdm(desc=label, disable=not shown) as bar:
        yield _Bar(bar)
