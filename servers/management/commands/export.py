"""``manage.py export DIR``: write the catalogue as the files that ``apply`` reads."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.management.arguments import team_of
from servers.access import Visibility
from servers.as_code import Defaults, WrittenFile, files_of
from servers.management.arguments import add_owner_arguments
from servers.models import Server


class Command(BaseCommand):
    help = (
        "Writes one YAML file for each server in the catalogue (docs/as-code.md). Files of servers "
        "that are gone stay: export into an empty folder to be rid of them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        add_owner_arguments(parser, visibility=Visibility.TEAM)

    def handle(
        self, *, folder: Path, team: str, visibility: str, verbosity: int, **options: Any
    ) -> None:
        defaults = Defaults(team=team_of(team), visibility=Visibility(visibility))
        written = 0
        for file in files_of(Server.objects.all(), defaults):
            _write(folder, file)
            written += 1
        if verbosity:
            self.stdout.write(f"{written} servers are in {folder}.")


def _write(folder: Path, file: WrittenFile) -> None:
    path = folder / file.path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", returncode=2) from error
