"""What can be asked of the sources and their runs; chainable."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

if TYPE_CHECKING:
    from servers.models import Source, SourceRun  # noqa: F401 - named in the type parameters


class SourceQuerySet(models.QuerySet["Source"]):
    """Sources, and the lease on each: every change of it is one conditional update."""

    def due(self, now: datetime) -> Self:
        """Those that should run now and that nobody is at, the longest waiting first."""
        from servers.models import SourceRun  # the models import this module

        asked = Exists(SourceRun.objects.unfinished().filter(source=OuterRef("pk")))
        in_time = Q(enabled=True, next_run_at__lte=now)
        return self.filter(_free(now), in_time | asked).order_by("next_run_at", "pk")

    def take_lease(self, source: Source, token: str, *, now: datetime, until: datetime) -> bool:
        """Whether the lease was free, or its holder's time over, and now belongs to ``token``."""
        free = self.filter(_free(now), pk=source.pk)
        return bool(free.update(lease_token=token, lease_until=until))

    def renew_lease(self, source: Source, token: str, *, until: datetime) -> bool:
        """Whether the lease still belongs to ``token``, and now does for longer.

        An overdue lease that nobody took meanwhile is still its holder's.
        """
        return bool(self.filter(pk=source.pk, lease_token=token).update(lease_until=until))

    def release_lease(self, source: Source, token: str, **columns: Any) -> bool:
        """Give the lease back and write ``columns``, if it still belongs to ``token``."""
        held = self.filter(pk=source.pk, lease_token=token)
        return bool(held.update(lease_token="", lease_until=None, **columns))


class SourceRunQuerySet(models.QuerySet["SourceRun"]):
    """Runs, narrowed."""

    def unfinished(self) -> Self:
        """Those asked for, under way, or interrupted."""
        return self.filter(outcome__in=["waiting", "running"])

    def succeeded(self) -> Self:
        """Those that wrote what they found."""
        return self.filter(outcome="done", dry_run=False)


def _free(now: datetime) -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lt=now)
