"""Reads a folder of files; writes nothing and asks no database."""

from collections.abc import Iterator
from pathlib import Path

from servers.as_code.entries import Place, ServerEntry, read_entry
from servers.as_code.problems import Problem, WrongFiles
from servers.as_code.texts import (
    LARGEST_FILE,
    MalformedText,
    parse_json,
    parse_yaml,
)
from servers.documents import look_alike_key

SUFFIXES = {".yaml": parse_yaml, ".yml": parse_yaml, ".json": parse_json}


class UnreadableFolder(Exception):
    """The folder cannot be read at all; says why."""


def read_folder(folder: Path) -> list[ServerEntry]:
    """Every server of the files in ``folder`` and below, by name; hidden ones are left out.

    Raises ``UnreadableFolder``, and ``WrongFiles`` with everything that is wrong.
    """
    if not folder.is_dir():
        raise UnreadableFolder(f"{folder}: no such folder.")
    entries: list[ServerEntry] = []
    problems: list[Problem] = []
    for path in _files(folder):
        read = _read(path)
        if isinstance(read, ServerEntry):
            entries.append(read)
        else:
            problems += read
    problems += _clashes(entries)
    if problems:
        raise WrongFiles(problems)
    return sorted(entries, key=lambda entry: entry.name.lower())


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix in SUFFIXES and not hidden and path.is_file():
            yield path


def _read(path: Path) -> ServerEntry | list[Problem]:
    try:
        text = _text(path)
        parsed = SUFFIXES[path.suffix](text)
    except MalformedText as error:
        return [Problem(file=str(path), line=error.line, field="", reason=str(error))]
    return read_entry(Place(file=str(path), text=parsed))


def _text(path: Path) -> str:
    """Raises ``MalformedText``."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise MalformedText(1, f"cannot be read: {error.strerror}.") from error
    if len(content) > LARGEST_FILE:
        raise MalformedText(1, f"is larger than {LARGEST_FILE} bytes.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise MalformedText(line, "is not UTF-8.") from error


def _clashes(entries: list[ServerEntry]) -> Iterator[Problem]:
    """Names that stand in two files, or would be taken for one another."""
    seen: dict[str, ServerEntry] = {}
    for entry in entries:
        first = seen.setdefault(look_alike_key(entry.name), entry)
        if first is not entry:
            reason = f"{entry.name!r} is in {first.place.file} already, as {first.name!r}."
            yield entry.problem(f"{entry.path_of_document}.name".strip("."), reason)
