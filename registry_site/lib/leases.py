"""A lease on some work, as its holder knows it: one at a time, across all processes and machines.

A holder that was killed keeps it until its time is over; a holder that was merely slow learns
that it lost it before it writes anything. The row with the token belongs to whose work it is.
"""

import secrets
import time
from datetime import datetime, timedelta


class HeldLease:
    """A lease that was taken. Time goes on from the moment the caller named."""

    def __init__(self, now: datetime) -> None:
        self.token = secrets.token_hex(16)
        self.renewed_at = now
        self._began = now
        self._began_at = time.monotonic()

    def now(self) -> datetime:
        return self._began + timedelta(seconds=time.monotonic() - self._began_at)

    def is_older_than(self, age: timedelta) -> bool:
        """Whether it was taken, or renewed last, longer ago than that."""
        return self.now() - self.renewed_at > age
