"""``manage.py import_servers FILE...``: put what other registries know into the catalogue."""

import re
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.management.arguments import team_of
from registry_site.lib.progress import progress_bar
from servers.access import Visibility
from servers.importing import (
    ImportReport,
    Newcomers,
    Remark,
    UnreadableFile,
    import_entries,
    read_entries,
)
from servers.management.arguments import add_owner_arguments


class Command(BaseCommand):
    help = (
        "Imports servers from JSON files: exports of the official MCP registry, server.json "
        "documents (one or a list) and tool catalogues. Running it again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument(
            "--no-monitor",
            action="store_true",
            help="do not let health checks connect to the servers that are new",
        )
        add_owner_arguments(parser, visibility=Visibility.TEAM)

    def handle(
        self,
        *,
        files: list[Path],
        no_monitor: bool,
        team: str,
        visibility: str,
        **options: Any,
    ) -> None:
        newcomers = Newcomers(
            team=team_of(team), visibility=Visibility(visibility), monitored=not no_monitor
        )
        report = ImportReport()
        shown = options["verbosity"] > 0
        try:
            with progress_bar("Reading", shown=shown) as progress:
                entries = read_entries(files, report=report, progress=progress)
        except UnreadableFile as error:
            raise CommandError(str(error), returncode=2) from error
        with progress_bar("Writing", shown=shown) as progress:
            import_entries(
                entries,
                now=timezone.now(),
                newcomers=newcomers,
                report=report,
                progress=progress,
            )
        self.stdout.write("\n".join(report_lines(report, detailed=options["verbosity"] > 1)))
        if len(report.refused) == report.read:
            raise CommandError("Nothing could be imported.", returncode=2)


def report_lines(report: ImportReport, *, detailed: bool) -> list[str]:
    """The report for people; ``detailed`` names every repair."""
    repaired = len({remark.label for remark in report.repaired})
    return [
        f"{report.read} documents read.",
        f"  created    {report.servers_created} servers, {report.versions_created} versions",
        f"  updated    {report.servers_updated} servers",
        f"  unchanged  {report.unchanged} documents",
        f"  repaired   {repaired} documents",
        *(_each(report.repaired) if detailed else _kinds(report.repaired)),
        f"  conflicts  {len(report.conflicts)} documents",
        *_each(report.conflicts),
        f"  refused    {len(report.refused)} documents",
        *_each(report.refused),
    ]


def _each(remarks: Sequence[Remark]) -> list[str]:
    return [f"    {remark.label}: {remark.text}" for remark in remarks]


def _kinds(remarks: Sequence[Remark]) -> list[str]:
    """How often each kind of repair was made, wherever in its document it was."""
    kinds = Counter(re.sub(r"\[\d+\]", "[]", remark.text) for remark in remarks)
    return [f"    {count:>5} × {kind}" for kind, count in kinds.most_common()]
