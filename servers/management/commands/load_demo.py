"""``manage.py load_demo``: a catalogue to look at, and with a port two servers that answer."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from registry_site.lib.progress import progress_bar
from servers import demo
from servers.documents import InvalidDocument
from servers.importing import ImportReport, import_entries, read_entries
from servers.models import Server
from servers.services import delete_server, register_server


class Command(BaseCommand):
    help = "Loads the demonstration catalogue; running it again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--live-port",
            type=int,
            metavar="N",
            help="register the live demonstration servers too, which listen on this port",
        )

    def handle(self, *, live_port: int | None, **options: Any) -> None:
        report = ImportReport()
        shown = options["verbosity"] > 0
        with progress_bar("Loading", shown=shown) as progress:
            entries = read_entries([demo.CATALOGUE], report=report, progress=progress)
            import_entries(
                entries, now=timezone.now(), monitored=False, report=report, progress=progress
            )
        registered = sum(map(register_live, demo.live_documents(live_port))) if live_port else 0
        self.stdout.write(
            f"Demonstration: {report.servers_created + registered} servers are new, "
            f"{report.unchanged} were there."
        )


def register_live(document: dict[str, Any]) -> bool:
    """Register a live server, anew where its port has changed; whether there was need to."""
    address = document["remotes"][0]["url"]
    known = Server.objects.filter(name=document["name"]).first()
    if known is not None and known.endpoint_url == address:
        return False
    if known is not None:
        delete_server(server=known)
    try:
        register_server(
            document=document, now=timezone.now(), tags=["demo"], category=demo.CATEGORY
        )
    except InvalidDocument as error:
        raise CommandError(str(error), returncode=2) from error
    return True
