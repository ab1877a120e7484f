"""``manage.py apply DIR``: make the catalogue say what a folder of files says."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_slug
from django.utils import timezone

from accounts.management.arguments import team_of
from servers.access import Visibility
from servers.as_code import (
    Defaults,
    Done,
    SourceIsMirror,
    UnreadableFolder,
    Verb,
    WrongFiles,
    apply_entries,
    read_folder,
)
from servers.management.arguments import add_owner_arguments


class Command(BaseCommand):
    help = (
        "Applies a folder of YAML and JSON files, one for each server (docs/as-code.md): all of "
        "it, or nothing where something is wrong. Applying it again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        parser.add_argument(
            "--prune",
            action="store_true",
            help="delete the servers that this folder brought and has no more",
        )
        parser.add_argument(
            "--source",
            default="as-code",
            metavar="NAME",
            help="what the folder is remembered by (as-code); folders that share a registry "
            "need names of their own to be pruned",
        )
        add_owner_arguments(parser, visibility=Visibility.TEAM)

    def handle(
        self,
        *,
        folder: Path,
        source: str,
        team: str,
        visibility: str,
        dry_run: bool,
        prune: bool,
        verbosity: int,
        **options: Any,
    ) -> None:
        defaults = Defaults(team=team_of(team), visibility=Visibility(visibility))
        try:
            done = apply_entries(
                read_folder(folder),
                source=_name(source),
                defaults=defaults,
                now=timezone.now(),
                prune=prune,
                dry_run=dry_run,
            )
        except (WrongFiles, UnreadableFolder, SourceIsMirror) as error:
            raise CommandError(str(error), returncode=2) from error
        for line in lines(done, every=verbosity > 1):
            self.stdout.write(line)
        if dry_run:
            self.stdout.write("Nothing was changed: this was a dry run.")


def _name(text: str) -> str:
    try:
        validate_slug(text)
    except ValidationError as error:
        raise CommandError(f"--source: {error.messages[0]}", returncode=2) from error
    return text[:50]


def lines(done: Sequence[Done], *, every: bool) -> Iterator[str]:
    """What was done, server by server; those that stay as they are only if ``every``."""
    for each in done:
        if every or each.verb is not Verb.UNCHANGED:
            yield f"{each.verb} {each.name}"
            yield from (f"  {difference}" for difference in each.differences)
    counts = Counter(each.verb for each in done)
    yield ", ".join(f"{verb} {counts[verb]}" for verb in Verb)
