"""``manage.py rebuild_index``: make search follow the catalogue now, and say what that took."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from registry_site.lib.progress import progress_bar
from search.embedding import ModelNotReady
from search.services import RefreshIsRunning, refresh_index


class Command(BaseCommand):
    help = (
        "Embeds what changed and publishes the search index. A run that was interrupted goes on "
        "where it stopped; without changes nothing is embedded."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="make and embed every text again")

    def handle(self, *, force: bool, **options: Any) -> None:
        began = time.monotonic()
        try:
            with progress_bar("Servers", shown=options["verbosity"] > 0) as progress:
                report = refresh_index(now=timezone.now(), progress=progress, force=force)
        except (RefreshIsRunning, ModelNotReady) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{report.embedded} texts embedded, {report.reused} reused, "
            f"{report.entries} entries, {time.monotonic() - began:.1f} s"
        )
        kept = "published" if report.published else "is current"
        self.stdout.write(f"Index {report.version} {kept}.")
        if report.failed:
            raise CommandError(f"{report.failed} servers could not be indexed: see the log.")
