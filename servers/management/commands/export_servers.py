"""``manage.py export_servers``: the catalogue as ``import_servers`` reads it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from servers.exporting import exported
from servers.management.arguments import add_output_argument, write_lines
from servers.models import Server


class Command(BaseCommand):
    help = (
        "Writes every version of every server as JSON, in the official registry's format. It has "
        "no place for what this registry alone says of a server: team, visibility, tags and "
        "category are not in it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_output_argument(parser)

    def handle(self, *, output: Path | None, **options: Any) -> None:
        write_lines(exported(Server.objects.all()), output=output, stdout=self.stdout)
