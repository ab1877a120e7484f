"""One refresh and one publication at a time, across all processes and machines: leases kept in the
database. Neither waits for the other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from registry_site.lib.leases import HeldLease
from search.models import IndexState
from search.querysets import Role

DURATION = timedelta(seconds=30)

AnyLease = TypeVar("AnyLease", bound="Lease")


class LeaseIsHeld(Exception):
    """Another process holds the lease."""

    work: ClassVar[str]

    def __init__(self, until: datetime | None) -> None:
        when = f" (its lease ends {until:%H:%M:%S} UTC unless renewed)" if until else ""
        super().__init__(f"Another process is {self.work} the search index{when}.")


class RefreshIsRunning(LeaseIsHeld):
    """Another process refreshes the index."""

    work = "refreshing"


class PublicationIsRunning(LeaseIsHeld):
    """Another process publishes the index."""

    work = "publishing"


class Lease(HeldLease):
    """The lease on the refresh of the index."""

    role: ClassVar[Role] = Role.REFRESHER
    is_held: ClassVar[type[LeaseIsHeld]] = RefreshIsRunning

    def renew(self, **columns: Any) -> None:
        """Hold it for the full time again and write ``columns`` of the index state along.

        Called first in a transaction, it keeps a process that lost the lease from writing.
        Raises ``LeaseIsHeld``.
        """
        now = self.now()
        until = now + DURATION
        if not IndexState.objects.renew_lease(self.token, until=until, role=self.role, **columns):
            raise self.is_held(None)
        self.renewed_at = now

    def keep(self) -> None:
        """Renew it once a third of its time is over. Raises ``LeaseIsHeld``."""
        if self.is_older_than(DURATION / 3):
            self.renew()


class PublisherLease(Lease):
    """The lease on the publication of the index."""

    role = Role.PUBLISHER
    is_held = PublicationIsRunning


@contextmanager
def refresh_lease(now: datetime) -> Iterator[Lease]:
    """The lease for the length of the block. Raises ``RefreshIsRunning``."""
    with _held(Lease(now), now) as lease:
        yield lease


@contextmanager
def publisher_lease(now: datetime) -> Iterator[PublisherLease]:
    """The lease for the length of the block. Raises ``PublicationIsRunning``."""
    with _held(PublisherLease(now), now) as lease:
        yield lease


@contextmanager
def _held(lease: AnyLease, now: datetime) -> Iterator[AnyLease]:
    objects = IndexState.objects
    if not objects.take_lease(lease.token, now=now, until=now + DURATION, role=lease.role):
        row = objects.the_one()
        raise lease.is_held(getattr(row, f"{lease.role}_until"))
    try:
        yield lease
    finally:
        objects.release_lease(lease.token, role=lease.role)
