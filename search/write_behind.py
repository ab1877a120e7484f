"""Rows that may wait are written in the background: nobody who searches waits for a writer.

Bounded: when more waits than fits, the oldest is dropped. Lossy: what waits when a process is
killed is gone. Nothing that has to be kept goes through here.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from django.db import InterfaceError, OperationalError, connection

logger = logging.getLogger(__name__)

Row = TypeVar("Row")

# Seconds between two writings...
PERIOD = 2.0
# ...which come sooner when so many rows wait.
ENOUGH = 100
MOST_WAITING = 10_000
# So many are written in one transaction.
MOST_AT_ONCE = 1_000


class WriteBehind(Generic[Row]):
    """Rows on their way into the database, and the thread that writes them. Thread-safe.

    ``write`` is given rows in their order and gives back those that it could not place yet.
    """

    def __init__(self, write: Callable[[list[Row]], list[Row]]) -> None:
        self._write = write
        self.start_over()

    def start_over(self) -> None:
        """Begin with nothing. After a fork it has to: what waits is the parent's to write, its
        thread is not here, and a lock that was held then would be held for ever.
        """
        self._waiting: deque[Row] = deque(maxlen=MOST_WAITING)
        self._something = threading.Event()
        self._enough = threading.Event()
        self._writing = threading.Lock()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def __len__(self) -> int:
        """How many rows wait."""
        return len(self._waiting)

    def add(self, row: Row) -> None:
        """Take ``row`` and return at once."""
        self._waiting.append(row)
        if not self._something.is_set():
            self._something.set()
        if len(self._waiting) >= ENOUGH:
            self._enough.set()
        if self._thread is None:
            self.start()

    def start(self) -> None:
        """Start the thread that writes, once a process."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="write-behind", daemon=True)
                self._thread.start()

    def flush(self) -> bool:
        """Write what waits, in this thread and now. Whether the database took it."""
        with self._writing:
            left = len(self._waiting)
            early: list[Row] = []
            try:
                while left > 0:
                    rows = [self._waiting.popleft() for _ in range(min(left, MOST_AT_ONCE))]
                    left -= len(rows)
                    if not self._written(rows, early):
                        return False
            finally:
                # After the others: what is not written yet must not keep these from being.
                self._put_back(early)
        return True

    def _written(self, rows: list[Row], early: list[Row]) -> bool:
        """Whether the database took them; those whose time has not come are added to ``early``."""
        try:
            early += self._write(rows)
        except (OperationalError, InterfaceError) as error:
            logger.warning("%d rows have to wait for the database: %s", len(rows), error)
            self._put_back(rows)
            return False
        except Exception:
            # They would fail again, and an end of the thread would be the end of all writing.
            logger.exception("%d rows are lost", len(rows))
        return True

    def _put_back(self, rows: list[Row]) -> None:
        """To the front of what waits; the oldest go where there is no room."""
        room = MOST_WAITING - len(self._waiting)
        kept = rows[-room:] if room else []
        self._waiting.extendleft(reversed(kept))
        if kept:
            self._something.set()

    def _run(self) -> None:
        while True:
            self._something.wait()
            self._enough.wait(PERIOD)
            self._something.clear()
            self._enough.clear()
            if not self.flush():
                threading.Event().wait(PERIOD)
            # The next rows may be long in coming.
            connection.close()
