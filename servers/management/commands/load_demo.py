"""``manage.py load_demo``: a catalogue to look at, and with a port two servers that answer."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.management.arguments import team_of
from registry_site.lib.progress import progress_bar
from servers import demo
from servers.access import Visibility
from servers.documents import InvalidDocument
from servers.importing import ImportReport, Newcomers, import_entries, read_entries
from servers.management.arguments import add_owner_arguments
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
        add_owner_arguments(parser, visibility=Visibility.PUBLIC)

    def handle(self, *, live_port: int | None, team: str, visibility: str, **options: Any) -> None:
        newcomers = Newcomers(
            team=team_of(team), visibility=Visibility(visibility), monitored=False
        )
        report = ImportReport()
        shown = options["verbosity"] > 0
        with progress_bar("Loading", shown=shown) as progress:
            entries = read_entries([demo.CATALOGUE], report=report, progress=progress)
            import_entries(
                entries, now=timezone.now(), newcomers=newcomers, report=report, progress=progress
            )
        live = demo.live_documents(live_port) if live_port else []
        registered = sum(register_live(document, newcomers) for document in live)
        self.stdout.write(
            f"Demonstration: {report.servers_created + registered} servers are new, "
            f"{report.unchanged} were there."
        )


def register_live(document: dict[str, Any], newcomers: Newcomers) -> bool:
    """Register a live server, anew where its port has changed; whether there was need to."""
    address = document["remotes"][0]["url"]
    known = Server.objects.filter(name=document["name"]).first()
    if known is not None and known.endpoint_url == address:
        return False
    if known is not None:
        delete_server(server=known, now=timezone.now())
    try:
        register_server(
            document=document,
            now=timezone.now(),
            team=newcomers.team,
            visibility=newcomers.visibility,
            tags=["demo"],
            category=demo.CATEGORY,
        )
    except InvalidDocument as error:
        raise CommandError(str(error), returncode=2) from error
    return True
