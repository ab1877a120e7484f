"""Arguments that several commands about servers share."""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from django.core.management.base import CommandError, OutputWrapper

from accounts.models import Team
from servers.access import Visibility
from servers.models import Server


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


def server_named(name: str) -> Server:
    """The server, unless it is deleted. Raises ``CommandError`` where there is none."""
    server = Server.objects.not_deleted().filter(name_key=name.lower()).first()
    if server is None:
        raise CommandError(f"There is no server {name!r}.", returncode=2)
    return server


def write_lines(lines: Iterable[str], *, output: Path | None, stdout: OutputWrapper) -> None:
    """Write ``lines`` as they come: into the file, or to standard output."""
    if output is None:
        for line in lines:
            stdout.write(line, ending="")
        return
    with writing(output) as file:
        file.writelines(lines)


def content_of(path: Path) -> bytes:
    """What stands in a file. Raises ``CommandError`` where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", returncode=2) from error


@contextmanager
def writing(path: Path) -> Iterator[TextIO]:
    """The file to write. Raises ``CommandError`` where it cannot be written."""
    try:
        with path.open("w", encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", returncode=2) from error
