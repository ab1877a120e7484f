"""``manage.py rebuild_index``: make search follow the catalogue now, and say what that took."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from registry_site.lib.progress import progress_bar
from search.embedding import ModelNotReady
from search.services import (
    PublicationIsRunning,
    PublicationReport,
    RefreshIsRunning,
    RefreshReport,
    publish_index,
    refresh_index,
)


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
                refresh = refresh_index(now=timezone.now(), progress=progress, force=force)
            publication = publish_index(now=timezone.now(), force=force)
        except (RefreshIsRunning, PublicationIsRunning, ModelNotReady) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"The index cannot be written: {error}") from error
        self._report(refresh, publication, seconds=time.monotonic() - began)
        if refresh.failed:
            raise CommandError(f"{refresh.failed} servers could not be indexed: see the log.")

    def _report(
        self, refresh: RefreshReport, publication: PublicationReport, *, seconds: float
    ) -> None:
        self.stdout.write(
            f"{refresh.embedded} texts embedded, {refresh.reused} reused, "
            f"{publication.entries} entries, {seconds:.1f} s"
        )
        kept = "published" if publication.published else "is current"
        self.stdout.write(f"Index {publication.version} {kept}.")
