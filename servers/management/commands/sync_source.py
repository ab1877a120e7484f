"""``manage.py sync_source NAME``: run a source now, in this process, and say what it did."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from registry_site.lib.progress import progress_bar
from servers import sources
from servers.importing import ImportReport
from servers.management.arguments import content_of
from servers.management.import_reports import report_lines
from servers.models import Source, SourceRun


class Command(BaseCommand):
    help = "Mirrors a source now. A source that fails changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be done, and do nothing"
        )
        parser.add_argument(
            "--full", action="store_true", help="look at everything, not only at what changed"
        )
        parser.add_argument(
            "--force", action="store_true", help="delete what vanished even if that is a lot"
        )
        parser.add_argument(
            "--file", type=Path, metavar="FILE", help="what to read, for a source of uploads"
        )

    def handle(self, *, name: str, file: Path | None, verbosity: int, **options: Any) -> None:
        source = Source.objects.select_related("team").filter(name=name).first()
        if source is None:
            raise CommandError(f"There is no source {name!r}.", returncode=2)
        if source.kind == Source.Kind.UPLOAD and file is None:
            raise CommandError(f"Give the file that {name} is to read: --file FILE", returncode=2)
        try:
            with progress_bar("Writing", shown=verbosity > 0) as progress:
                run, report = sources.run_now(
                    source=source,
                    now=timezone.now(),
                    dry_run=options["dry_run"],
                    full=options["full"],
                    force=options["force"],
                    upload=content_of(file) if file else None,
                    progress=progress,
                )
        except (sources.SourceIsBusy, sources.InvalidSource) as error:
            raise CommandError(str(error), returncode=2) from error
        if run.outcome != SourceRun.Outcome.DONE:
            raise CommandError(f"{name}: {run.error or 'another process took over.'}")
        self._tell(report, verbosity=verbosity, dry_run=run.dry_run)

    def _tell(self, report: ImportReport, *, verbosity: int, dry_run: bool) -> None:
        if dry_run or verbosity > 1:
            for change in report.changes:
                self.stdout.write(str(change))
        self.stdout.write("\n".join(report_lines(report, detailed=verbosity > 1)))
