"""Arguments that several commands about servers share."""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from django.core.management.base import CommandError

from accounts.models import Team
from servers.access import Visibility


def add_owner_arguments(parser: ArgumentParser, *, visibility: Visibility) -> None:
    """``--team`` and ``--visibility``, for servers that are new."""
    parser.add_argument("--team", metavar="SLUG", default=Team.DEFAULT, help="whose they are")
    parser.add_argument(
        "--visibility",
        choices=Visibility.values,
        default=visibility.value,
        help="who sees them: everybody, their team, or nobody without a grant",
    )


def add_output_argument(parser: ArgumentParser) -> None:
    """``--output``, which ``writing`` opens."""
    parser.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")


@contextmanager
def writing(path: Path) -> Iterator[TextIO]:
    """The file to write. Raises ``CommandError`` where it cannot be written."""
    try:
        with path.open("w", encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", returncode=2) from error
