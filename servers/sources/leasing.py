"""One run of a source at a time, across all processes and machines: a lease on its row."""

from datetime import datetime, timedelta

from asgiref.sync import sync_to_async

from registry_site.lib.leases import HeldLease
from servers.models import Source
from servers.sources.failures import LeaseLost

DURATION = timedelta(seconds=90)


class Lease(HeldLease):
    """The lease on one source."""

    def __init__(self, source: Source, now: datetime) -> None:
        super().__init__(now)
        self._source = source

    def renew(self) -> None:
        """Hold it for the full time again.

        Called first in a transaction, it keeps a process that lost the lease from writing.
        Raises ``LeaseLost``.
        """
        now = self.now()
        if not Source.objects.renew_lease(self._source, self.token, until=now + DURATION):
            raise LeaseLost(self._source.name)
        self.renewed_at = now

    async def keep(self) -> None:
        """Renew it, from a coroutine, once a third of its time is over. Raises ``LeaseLost``."""
        if self.is_older_than(DURATION / 3):
            await sync_to_async(self.renew)()


def take_lease(source: Source, *, now: datetime) -> Lease | None:
    """The lease on ``source``, if nobody has it."""
    lease = Lease(source, now)
    until = now + DURATION
    taken = Source.objects.take_lease(source, lease.token, now=now, until=until)
    return lease if taken else None
