"""``manage.py import_servers FILE...``: put what other registries know into the catalogue."""

from argparse import ArgumentParser
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
    UnreadableFile,
    import_entries,
    read_entries,
)
from servers.management.arguments import add_owner_arguments
from servers.management.import_reports import report_lines


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
