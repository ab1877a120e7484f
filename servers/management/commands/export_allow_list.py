"""``manage.py export_allow_list``: the list of servers that client administrators load."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from servers.access import Visibility
from servers.client_configuration.allow_lists import FORMATS, allow_list
from servers.exporting import allowed_documents
from servers.management.arguments import add_output_argument, write_lines
from servers.models import Server


class Command(BaseCommand):
    help = (
        "Writes the servers that people may use as an allow list of GitHub Copilot, Claude Code or "
        "VS Code, by address and command; or as plain names or URLs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=FORMATS, default="copilot", dest="format_name")
        parser.add_argument(
            "--include-deprecated", action="store_true", help="with versions that are deprecated"
        )
        parser.add_argument(
            "--visibility",
            choices=Visibility.values,
            action="append",
            help="only servers of this visibility; may be repeated (default: all)",
        )
        add_output_argument(parser)

    def handle(
        self,
        *,
        format_name: str,
        include_deprecated: bool,
        visibility: list[str] | None,
        output: Path | None,
        **options: Any,
    ) -> None:
        servers = Server.objects.filter(visibility__in=visibility or Visibility.values)
        documents = allowed_documents(servers, include_deprecated=include_deprecated)
        write_lines(allow_list(documents, format_name), output=output, stdout=self.stdout)
