"""``manage.py sources``: every source, and how its last run went."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.timesince import timesince

from registry_site.lib.text_tables import table
from servers.models import Source

HEADINGS = ("NAME", "KIND", "LOCATION", "EVERY", "SERVERS", "LAST SUCCESS", "LAST ERROR")


class Command(BaseCommand):
    help = "Lists the sources."

    def handle(self, **options: Any) -> None:
        rows = [HEADINGS, *map(_row, Source.objects.order_by("name"))]
        self.stdout.write("\n".join(table(rows)))


def _row(source: Source) -> tuple[str, ...]:
    return (
        source.name,
        source.kind,
        source.location or "-",
        _interval(source),
        str(source.servers.not_deleted().count()),
        f"{timesince(source.succeeded_at, timezone.now())} ago" if source.succeeded_at else "never",
        source.last_error or "-",
    )


def _interval(source: Source) -> str:
    if not source.enabled:
        return "off"
    return f"{source.interval_minutes} min" if source.interval_minutes else "asked"
