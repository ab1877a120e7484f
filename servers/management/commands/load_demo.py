"""``manage.py load_demo``: a catalogue to look at, and with a port two servers that answer."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from semver import Version

from accounts.management.arguments import team_of
from registry_site.lib.progress import progress_bar
from servers import demo
from servers.access import Visibility
from servers.documents import InvalidDocument
from servers.importing import ImportReport, Newcomers, import_entries, read_entries
from servers.management.arguments import add_owner_arguments
from servers.models import Server
from servers.services import (
    LooksLike,
    ServerExists,
    UrlTaken,
    publish_version,
    register_server,
)


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
    """Register a live server, or publish its new address; whether there was need to.

    One that somebody has deleted stays deleted.
    """
    address = document["remotes"][0]["url"]
    known = Server.objects.filter(name=document["name"]).first()
    if known is not None and (known.deleted_at or known.endpoint_url == address):
        return False
    try:
        if known is None:
            _register(document, newcomers)
        else:
            version = str(Version.parse(known.latest_version.version).bump_patch())
            document = {**document, "version": version}
            publish_version(server=known, document=document, now=timezone.now())
    except (InvalidDocument, ServerExists, LooksLike, UrlTaken) as error:
        raise CommandError(str(error), returncode=2) from error
    return True


def _register(document: dict[str, Any], newcomers: Newcomers) -> None:
    register_server(
        document=document,
        now=timezone.now(),
        team=newcomers.team,
        visibility=newcomers.visibility,
        tags=["demo"],
        category=demo.CATEGORY,
    )
