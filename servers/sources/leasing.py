"""One run of a source at a time, across all processes and machines: a lease on its row.

A holder that was killed keeps it until its time is over; a holder that was merely slow learns
that it lost it before it writes anything.
"""

import secrets
import time
from datetime import datetime, timedelta

from asgiref.sync import sync_to_async

from servers.models import Source
from servers.sources.failures import LeaseLost

DURATION = timedelta(seconds=90)


class Lease:
    """A lease that was taken. Time goes on from the moment the caller named."""

    def __init__(self, source: Source, now: datetime) -> None:
        self.source = source
        self.token = secrets.token_hex(16)
        self._began = now
        self._began_at = time.monotonic()
        self._renewed = now

    def now(self) -> datetime:
        return self._began + timedelta(seconds=time.monotonic() - self._began_at)

    def renew(self) -> None:
        """Hold it for the full time again.

        Called first in a transaction, it keeps a process that lost the lease from writing.
        Raises ``LeaseLost``.
        """
        now = self.now()
        if not Source.objects.renew_lease(self.source, self.token, until=now + DURATION):
            raise LeaseLost(self.source.name)
        self._renewed = now

    async def keep(self) -> None:
        """Renew it, from a coroutine, once a third of its time is over. Raises ``LeaseLost``."""
        if self.now() - self._renewed > DURATION / 3:
            await sync_to_async(self.renew)()


def take_lease(source: Source, *, now: datetime) -> Lease | None:
    """The lease on ``source``, if nobody has it."""
    lease = Lease(source, now)
    until = now + DURATION
    taken = Source.objects.take_lease(source, lease.token, now=now, until=until)
    return lease if taken else None
