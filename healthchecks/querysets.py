"""What can be asked of many health rows or observations at once; chainable."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, F, Q, Value, When

from servers.models import HealthState, Server

if TYPE_CHECKING:
    from healthchecks.models import Observation, ServerHealth  # noqa: F401 - type parameters below

_RESTING_STATE = Case(
    When(server__deleted_at__isnull=False, then=Value(HealthState.DISABLED)),
    When(server__enabled=False, then=Value(HealthState.DISABLED)),
    When(server__endpoint_url="", then=Value(HealthState.LOCAL)),
    default=Value(HealthState.UNKNOWN),
    output_field=models.CharField(),
)


class ServerHealthQuerySet(models.QuerySet["ServerHealth"]):
    """Health rows, narrowed."""

    def of(self, server_ids: Sequence[int] | None) -> Self:
        """The rows of these servers; of all for ``None``."""
        return self.all() if server_ids is None else self.filter(server__in=server_ids)

    def probed(self) -> Self:
        """The rows of servers that probes connect to."""
        return self.filter(Server.objects.to_probe().owning_the_row())

    def due(self, now: datetime) -> Self:
        """The rows to be probed now that nobody holds a lease on, the longest waiting first."""
        free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
        return self.probed().filter(free, next_check_at__lte=now).order_by("next_check_at")

    def asleep(self) -> Self:
        """The rows of servers that are to be probed from now on and wait for nothing yet."""
        return self.probed().filter(next_check_at__isnull=True)

    def moved(self, now: datetime) -> Self:
        """The rows that wait for later although their server's endpoint has changed since."""
        same = Q(endpoint_url=F("server__endpoint_url"), transport=F("server__transport"))
        return self.probed().filter(~same, next_check_at__gt=now)

    def to_rest(self) -> Self:
        """The rows of servers that are not probed (any more), but do not say so yet."""
        resting = Q(next_check_at__isnull=True, since__isnull=False, state=_RESTING_STATE)
        return self.filter(~Server.objects.to_probe().owning_the_row()).exclude(resting)


class ObservationQuerySet(models.QuerySet["Observation"]):
    """Observations, narrowed."""

    def older_than(self, age: timedelta, now: datetime) -> Self:
        """Those made more than ``age`` before ``now``."""
        return self.filter(at__lt=now - age)
