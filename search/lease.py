"""One refresh at a time, across all processes and machines: a lease kept in the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from registry_site.lib.leases import HeldLease
from search.models import IndexState

DURATION = timedelta(seconds=30)


class RefreshIsRunning(Exception):
    """Another process holds the lease."""

    def __init__(self, until: datetime | None) -> None:
        when = f" (its lease ends {until:%H:%M:%S} UTC unless renewed)" if until else ""
        super().__init__(f"Another process is refreshing the search index{when}.")


class Lease(HeldLease):
    """The lease on the index."""

    def renew(self, **columns: Any) -> None:
        """Hold it for the full time again and write ``columns`` of the index state along.

        Called first in a transaction, it keeps a process that lost the lease from writing.
        Raises ``RefreshIsRunning``.
        """
        now = self.now()
        if not IndexState.objects.renew_lease(self.token, until=now + DURATION, **columns):
            raise RefreshIsRunning(None)
        self.renewed_at = now

    def keep(self) -> None:
        """Renew it once a third of its time is over. Raises ``RefreshIsRunning``."""
        if self.is_older_than(DURATION / 3):
            self.renew()


@contextmanager
def refresh_lease(now: datetime) -> Iterator[Lease]:
    """The lease for the length of the block. Raises ``RefreshIsRunning``."""
    lease = Lease(now)
    if not IndexState.objects.take_lease(lease.token, now=now, until=now + DURATION):
        raise RefreshIsRunning(IndexState.objects.the_one().lease_until)
    try:
        yield lease
    finally:
        IndexState.objects.release_lease(lease.token)
