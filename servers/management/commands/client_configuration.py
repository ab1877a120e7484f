"""``manage.py client_configuration NAME``: what to paste into a client to use a server."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from servers.client_configuration import CLIENTS, Configuration, configurations
from servers.models import Server


class Command(BaseCommand):
    help = "Prints ready-to-paste client configuration for a server."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--client", choices=CLIENTS, help="only for this client")

    def handle(self, *, name: str, client: str | None, **options: Any) -> None:
        server = Server.objects.not_deleted().filter(name_key=name.lower()).first()
        if server is None:
            raise CommandError(f"There is no server {name!r}.", returncode=2)
        found = configurations(server.latest_version.document, client=client)
        if not found:
            raise CommandError(f"{server.name} states no way to use it.", returncode=2)
        self.stdout.write("\n\n".join("\n".join(lines(each)) for each in found))


def lines(configuration: Configuration) -> Iterator[str]:
    """One configuration for people: where it goes, what it is, what to know."""
    where = f", {configuration.file}" if configuration.file else ""
    yield f"# {configuration.label}{where} ({configuration.way})"
    yield from (f"# {note}" for note in configuration.notes)
    if configuration.text:
        yield configuration.text
