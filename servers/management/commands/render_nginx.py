"""``manage.py render_nginx``: the catalogue as the configuration of a reverse proxy."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from servers.management.arguments import add_output_argument, writing
from servers.models import Server
from servers.nginx import Location, NotForNginx, Proxy, location_of, rendered


class Command(BaseCommand):
    help = (
        "Write an nginx configuration that lets permitted clients through to the servers. Where "
        "nginx reaches this registry is told by --registry, else by ROLLCALL_URL, else by "
        "ROLLCALL_PORT."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_output_argument(parser)
        parser.add_argument(
            "--listen",
            default="8080",
            metavar="PORT|HOST:PORT|unix:PATH",
            help="where nginx listens (default: %(default)s)",
        )
        parser.add_argument(
            "--registry",
            default=settings.ROLLCALL_URL,
            help="where nginx reaches this registry (default: %(default)s)",
        )
        parser.add_argument(
            "--resolver",
            default="127.0.0.1",
            help="the name server that nginx asks (default: %(default)s)",
        )
        parser.add_argument(
            "--ca-file",
            default="/etc/ssl/certs/ca-certificates.crt",
            help="whose certificates of servers are trusted (default: %(default)s)",
        )
        parser.add_argument(
            "--headers-compared",
            action="store_true",
            help="every server refuses a message that differs from its Mcp- headers",
        )

    def handle(self, *, output: Path | None, **options: Any) -> None:
        try:
            proxy = Proxy(**{name: options[name] for name in Proxy.__annotations__})
        except NotForNginx as error:
            raise CommandError(str(error), returncode=2) from error
        locations = list(self.locations())
        text = rendered(proxy, locations)
        if output is None:
            self.stdout.write(text)
            return
        with writing(output) as file:
            file.write(text)
        self.stderr.write(f"{output}: {len(locations)} location(s) written.")

    def locations(self) -> Iterator[Location]:
        """Those of the remote servers that may be called; a line on stderr for each left out."""
        remote = Server.objects.listed().exclude(endpoint_url="")
        for server in remote.order_by("name").iterator():
            try:
                yield location_of(server)
            except NotForNginx as error:
                self.stderr.write(f"Left out {server.name!r}: {error}")
