"""``manage.py add_source NAME --kind KIND --location ...``: mirror another registry or a folder."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.management.arguments import team_of
from servers import sources
from servers.access import Visibility
from servers.management.arguments import add_owner_arguments, content_of
from servers.models import Source


class Command(BaseCommand):
    help = "Adds a source, whose servers are mirrored; `sync_source` or its interval runs it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="letters, digits, - and _")
        parser.add_argument(
            "--kind", choices=Source.Kind.values, default=Source.Kind.REGISTRY.value
        )
        parser.add_argument(
            "--location",
            "--url",
            default="",
            help="the registry's base URL, or a path below ROLLCALL_SOURCES_DIR",
        )
        parser.add_argument(
            "--credential-file", type=Path, metavar="FILE", help="holds a bearer token"
        )
        parser.add_argument("--include", action="append", default=[], metavar="PATTERN")
        parser.add_argument("--exclude", action="append", default=[], metavar="PATTERN")
        parser.add_argument("--latest-only", action="store_true", help="leave earlier versions out")
        parser.add_argument(
            "--conflict",
            choices=Source.Conflict.values,
            default=Source.Conflict.KEEP.value,
            help="for servers that are here already, and not from a source",
        )
        parser.add_argument("--no-prune", action="store_true", help="keep what vanishes there")
        parser.add_argument("--no-monitor", action="store_true", help="do not probe new servers")
        parser.add_argument(
            "--interval",
            type=int,
            metavar="MINUTES",
            help="first when it is over; default: when asked only",
        )
        add_owner_arguments(parser, visibility=Visibility.TEAM)

    def handle(self, *, name: str, credential_file: Path | None, **options: Any) -> None:
        changes = sources.SourceChanges(
            location=options["location"],
            credential=_credential(credential_file) if credential_file else "",
            include=options["include"],
            exclude=options["exclude"],
            latest_only=options["latest_only"],
            conflict=options["conflict"],
            prune=not options["no_prune"],
            team=team_of(options["team"]),
            visibility=Visibility(options["visibility"]),
            monitored=not options["no_monitor"],
            interval_minutes=options["interval"],
        )
        try:
            sources.add_source(
                name=_name(name),
                kind=Source.Kind(options["kind"]),
                now=timezone.now(),
                **changes,
            )
        except (sources.InvalidSource, sources.SourceExists) as error:
            raise CommandError(str(error), returncode=2) from error
        file = " --file FILE" if options["kind"] == Source.Kind.UPLOAD else ""
        self.stdout.write(f"Added. Try it: manage.py sync_source {name}{file} --dry-run")


def _name(text: str) -> str:
    try:
        return str(Source._meta.get_field("name").clean(text, None))
    except ValidationError as error:
        reasons = " ".join(error.messages)
        raise CommandError(f"{text!r} is no name: {reasons}", returncode=2) from error


def _credential(path: Path) -> str:
    try:
        return content_of(path).decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise CommandError(f"{path}: is no ASCII text", returncode=2) from error
