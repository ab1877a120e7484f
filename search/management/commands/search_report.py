"""``manage.py search_report``: what people searched for lately, and did not find."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from registry_site.lib.printable import printable
from registry_site.lib.text_tables import table
from search.api.feedback import MOST_DAYS, SearchReportSerializer
from search.services.reporting import SearchReport, search_report


class Command(BaseCommand):
    help = "Tells what was searched, what was not found and what of it was used."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=30, help=f"1 to {MOST_DAYS}, else 30")
        parser.add_argument("--json", action="store_true", help="the whole report for programs")

    def handle(self, *, days: int, **options: Any) -> None:
        if not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--days must be 1 to {MOST_DAYS}.", returncode=2)
        report = search_report(days=days, now=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(SearchReportSerializer(report).data, indent=2))
        else:
            self.stdout.write("\n".join(lines_of(report)))


def lines_of(report: SearchReport) -> Iterator[str]:
    """The report for people."""
    yield f"{report.searches} searches since {report.since:%Y-%m-%d}"
    if not report.searches:
        return
    yield f"without result {report.without_result:.1%}, degraded {report.degraded:.1%}"
    yield f"half answered within {report.duration_p50:.0f} ms, 95 % in {report.duration_p95:.0f} ms"
    yield f"{report.clicks} clicks and {report.calls} calls, {report.used_first:.1%} at rank 1"
    for title, rows in _lists(report):
        if rows:
            yield from ["", f"{title}:", *table([_cells(row) for row in rows])]


def _lists(report: SearchReport) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    nothing, unused = report.queries_without_result, report.queries_without_use
    yield "Queries without a result", [(each.total, each.value) for each in nothing]
    yield "Queries of which nothing was used", [(each.total, each.value) for each in unused]
    yield (
        "Most used tools",
        [(each.total, each.tool, each.server) for each in report.most_used_tools],
    )


def _cells(row: tuple[object, ...]) -> list[str]:
    return [printable(str(cell)) for cell in row]
