"""When versions were published, where that is known better than by when they came here."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from servers.models import Server
from servers.services.changing import lock, settle_change
from servers.services.versions import mark_latest


@transaction.atomic
def date_versions(*, server: Server, dates: Mapping[str, datetime], now: datetime) -> None:
    """Let the named versions have been published at these moments.

    The latest of versions that are not numbered semantically is the last one published.
    """
    lock(server)
    rows = list(server.versions.filter(version__in=dates))
    before = {row.version: row.published_at.isoformat() for row in rows}
    for row in rows:
        row.published_at, row.updated_at = dates[row.version], now
        row.save(update_fields=["published_at", "updated_at"])
    mark_latest(server, now=now)
    after = {row.version: row.published_at.isoformat() for row in rows}
    settle_change(
        server,
        action="version.date",
        before={"published_at": before},
        after={"published_at": after},
        now=now,
    )
