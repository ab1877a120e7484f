"""Lets a sweep run once at a time in this process; other processes have leases for that."""

import threading
from collections.abc import Callable
from functools import wraps


def one_at_a_time(sweep: Callable[[], None]) -> Callable[[], None]:
    """``sweep``, which does nothing while it is running already.

    A second one would only wait beside the first, in a thread that other tasks need; the first
    one takes up what has become due meanwhile.
    """
    running = threading.Lock()

    @wraps(sweep)
    def unless_running() -> None:
        if not running.acquire(blocking=False):
            return
        try:
            sweep()
        finally:
            running.release()

    return unless_running
