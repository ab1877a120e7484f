"""Reads a folder of documents, a file or an upload; nothing outside of the folder of sources."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from servers.as_code.texts import MalformedText, parse_json, parse_yaml
from servers.documents.upgrades import OFFICIAL_META
from servers.importing import UnreadableContent, values_of
from servers.sources.failures import SourceFailed

MOST_FILES = 20_000
LARGEST_DOCUMENT = 4 * 1024 * 1024  # bytes of one file in a folder
LARGEST_FOLDER = 256 * 1024 * 1024  # bytes of all of them
LARGEST_FILE = 128 * 1024 * 1024  # bytes of a file that stands for itself
_PARSERS = {".json": parse_json, ".yaml": parse_yaml, ".yml": parse_yaml}


def read_folder(location: str) -> Iterator[tuple[str, list[Any]]]:
    """The path of each file below the folder with the values in it, in the order of the paths.

    Hidden files and folders are left out. Raises ``SourceFailed``.
    """
    folder = _inside(location)
    if not folder.is_dir():
        raise SourceFailed(f"There is no folder {location!r} among the sources.")
    size = 0
    for number, path in enumerate(_documents_in(folder), 1):
        if number > MOST_FILES:
            raise SourceFailed(f"It has more than {MOST_FILES:,} files.")
        name = str(path.relative_to(folder))
        content = _content(path, name, largest=LARGEST_DOCUMENT)
        size += len(content)
        if size > LARGEST_FOLDER:
            raise SourceFailed(f"It has more than {LARGEST_FOLDER:,} bytes.")
        yield name, _values(content, path.suffix, name)


def read_file(location: str) -> list[Any]:
    """The values in one file. Raises ``SourceFailed``."""
    path = _inside(location)
    return read_content(_content(path, location, largest=LARGEST_FILE), name=location)


def read_content(content: bytes, *, name: str) -> list[Any]:
    """The values in the content of a file called ``name``. Raises ``SourceFailed``."""
    try:
        return values_of(content)
    except UnreadableContent as error:
        raise SourceFailed(f"{name} {error}.") from error


def _inside(location: str) -> Path:
    """The real path of ``location``. Raises ``SourceFailed`` where it leads out of the folder."""
    root = Path(settings.SOURCES_DIR).resolve()
    return _checked(root / location, location)


def _checked(path: Path, name: str) -> Path:
    real = path.resolve()
    if not real.is_relative_to(Path(settings.SOURCES_DIR).resolve()):
        raise SourceFailed(f"{name} leads out of the folder of sources.")
    return real


def _documents_in(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix in _PARSERS:
                yield Path(parent) / name


def _content(path: Path, name: str, *, largest: int) -> bytes:
    """The bytes of a file, a link's target included as long as it is among the sources."""
    try:
        with _checked(path, name).open("rb") as file:
            content = file.read(largest + 1)
    except OSError as error:
        raise SourceFailed(f"{name} cannot be read: {error.strerror}.") from error
    if len(content) > largest:
        raise SourceFailed(f"{name} is larger than {largest:,} bytes.")
    return content


def _values(content: bytes, suffix: str, name: str) -> list[Any]:
    try:
        value = _PARSERS[suffix](content.decode()).value
    except UnicodeDecodeError as error:
        raise SourceFailed(f"{name} is not UTF-8.") from error
    except MalformedText as error:
        raise SourceFailed(f"{name}, line {error.line}: {error}") from error
    if isinstance(value, dict) and isinstance(value.get("versions"), list):
        return [_as_entry(version) for version in value["versions"]]
    return value if isinstance(value, list) else [value]


def _as_entry(version: Any) -> Any:
    """A version in a file of ``manage.py export`` as a registry would list it."""
    if not isinstance(version, dict):
        return version
    stated = {
        "status": version.get("status", "active"),
        "statusMessage": version.get("status_message"),
        "publishedAt": version.get("published_at"),
    }
    return {"server": version.get("server"), "_meta": {OFFICIAL_META: stated}}
