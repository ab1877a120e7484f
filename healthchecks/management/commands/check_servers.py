"""``manage.py check_servers NAME...`` or ``--all``: probe servers now and say what was seen."""

from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from healthchecks import services
from healthchecks.models import Observation, resting_state
from registry_site.lib.progress import progress_bar
from registry_site.lib.text_tables import table
from servers.models import Server

Row = tuple[str, str, str, str, str]
HEADINGS: Row = ("SERVER", "STATE", "LATENCY", "TOOLS", "REASON")


class Command(BaseCommand):
    help = "Checks servers now, the way the worker does, and prints what was seen."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="a server's name")
        parser.add_argument("--all", action="store_true", help="every server that is monitored")

    def handle(self, *, names: list[str], all: bool, **options: Any) -> None:
        if bool(names) == all:
            raise CommandError("Name the servers to check, or give --all.", returncode=2)
        servers = {server.pk: server for server in (monitored() if all else named(names))}
        with progress_bar("Checking", shown=options["verbosity"] > 0) as progress:
            seen = services.check_servers(
                server_ids=list(servers), clock=timezone.now, progress=progress
            )
        self.stdout.write("\n".join(table([HEADINGS, *rows(servers.values(), seen)])))


def monitored() -> list[Server]:
    return list(Server.objects.to_probe())


def named(names: Sequence[str]) -> list[Server]:
    """The servers of these names. Raises ``CommandError`` with every name that is unknown."""
    servers = list(Server.objects.filter(name__in=names))
    unknown = sorted(set(names) - {server.name for server in servers})
    if unknown:
        raise CommandError(f"Unknown server: {', '.join(unknown)}", returncode=2)
    return servers


def rows(servers: Iterable[Server], seen: Iterable[Observation]) -> list[Row]:
    """One row a server, by name; those that are not probed say why."""
    by_server = {observation.server_id: observation for observation in seen}
    return [
        row_of(server, by_server.get(server.pk))
        for server in sorted(servers, key=lambda server: server.name)
    ]


def row_of(server: Server, observation: Observation | None) -> Row:
    if observation is None:
        state, reason = resting_state(server)
        return server.name, state.value, "-", "-", reason
    latency = "-" if observation.latency_ms is None else f"{observation.latency_ms:.0f} ms"
    tools = "-" if observation.tool_count is None else str(observation.tool_count)
    return server.name, observation.state, latency, tools, observation.reason
