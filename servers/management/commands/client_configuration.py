"""``manage.py client_configuration NAME``: what to paste into a client to use a server."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registry_site.lib.printable import printable
from servers.client_configuration import CLIENTS, Configuration, configurations
from servers.management.arguments import server_named


class Command(BaseCommand):
    help = "Prints ready-to-paste client configuration for a server."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--client", choices=CLIENTS, help="only for this client")

    def handle(self, *, name: str, client: str | None, **options: Any) -> None:
        server = server_named(name)
        found = configurations(server.latest_version.document, client=client)
        if not found:
            raise CommandError(f"{server.name} states no way to use it.", returncode=2)
        self.stdout.write("\n\n".join("\n".join(lines(each)) for each in found))


def lines(configuration: Configuration) -> Iterator[str]:
    """One configuration for people: where it goes, what it is, what to know."""
    where = f", {configuration.file}" if configuration.file else ""
    comments = [f"{configuration.label}{where} ({configuration.way})", *configuration.notes]
    # A publisher's words in one line each: what follows is pasted, and is nobody's but ours.
    yield from (f"# {printable(comment)}" for comment in comments)
    if configuration.text:
        yield configuration.text
