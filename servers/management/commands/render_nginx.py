"""``manage.py render_nginx``: the catalogue as the configuration of a reverse proxy."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from servers.models import Server
from servers.nginx import Location, NotForNginx, Proxy, location_of, rendered


class Command(BaseCommand):
    help = "Write an nginx configuration that lets permitted clients through to the servers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")
        parser.add_argument("--listen", default="8080", help="where nginx listens (default: 8080)")
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
        text = rendered(proxy, list(self.locations()))
        if output is None:
            self.stdout.write(text)
            return
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{output}: {error.strerror}", returncode=2) from error

    def locations(self) -> Iterator[Location]:
        """Those of the enabled remote servers; one line on stderr for each that is left out."""
        remote = Server.objects.filter(enabled=True).exclude(endpoint_url="")
        for server in remote.order_by("name").iterator():
            try:
                yield location_of(server)
            except NotForNginx as error:
                self.stderr.write(f"Left out {server.name!r}: {error}")
