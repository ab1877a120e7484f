"""``manage.py export_servers``: the catalogue as ``import_servers`` reads it."""

from argparse import ArgumentParser, FileType
from typing import Any, TextIO

from django.core.management.base import BaseCommand

from servers.exporting import exported
from servers.models import Server


class Command(BaseCommand):
    help = "Writes every version of every server as JSON, in the official registry's format."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", type=FileType("w", encoding="utf-8"), metavar="FILE")

    def handle(self, *, output: TextIO | None, **options: Any) -> None:
        lines = exported(Server.objects.all())
        if output:
            output.writelines(lines)
        else:
            for line in lines:
                self.stdout.write(line, ending="")
