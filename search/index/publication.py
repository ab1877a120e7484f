"""Publishes a corpus so that a reader finds the old one or the new one, complete, or is told why.

``<folder>/<version>/`` holds the files of a corpus and their manifest and never changes;
``<folder>/CURRENT`` names the version to read. No format of these notices every flipped bit, so
everything is vouched for by a checksum: the files by their manifest, the manifest by CURRENT.
Knows nothing of the database, and does not ask which model is configured.
"""

import hashlib
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import orjson

from registry_site.lib.durable_files import write_durably
from search.checksums import sha256_of
from search.corpus import Corpus
from search.durable_folders import durable_folder, remove_unfinished
from search.index.corpus_files import FORMAT, corpus_of, files_of

MANIFEST_FILE = "manifest.json"
POINTER_FILE = "CURRENT"
# The current version and the one before it, which a reader may be about to open.
VERSIONS_KEPT = 2


class IndexRefused(Exception):
    """There is no index to trust; the message says why, in a sentence."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What is published under a version."""

    version: str
    # Of the files (``corpus_files.FORMAT``).
    format: int
    # The sha256 of each file by its name.
    files: dict[str, str]
    # What the vectors were made with, and of which form of texts (``texts.FORMAT``).
    model_key: str
    text_format: int
    dimension: int
    count: int
    # So many of them had no vector under this model: they are found by their words alone.
    without_vector: int
    # The highest id of an entry: one beyond it is newer.
    high_water_mark: int
    created_at: str


def publish(
    folder: Path,
    corpus: Corpus,
    *,
    model_key: str,
    text_format: int,
    without_vector: int = 0,
    now: datetime,
) -> Manifest:
    """Make ``corpus`` the current one of ``folder`` in one step; all but the last two are deleted.

    One process at a time may publish to a folder. Raises ``OSError``; what was current stays so.
    """
    files = files_of(corpus)
    checksums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    together = hashlib.sha256("".join(checksums.values()).encode()).hexdigest()
    manifest = Manifest(
        version=f"{now:%Y%m%dT%H%M%S.%f}-{together[:12]}",
        format=FORMAT,
        files=checksums,
        model_key=model_key,
        text_format=text_format,
        dimension=corpus.vectors.dimension,
        count=len(corpus),
        without_vector=without_vector,
        high_water_mark=int(corpus.ids[-1]) if len(corpus) else 0,
        created_at=now.isoformat(),
    )
    remove_unfinished(folder)
    written = orjson.dumps(asdict(manifest))
    with durable_folder(folder / manifest.version) as version:
        for name, content in (files | {MANIFEST_FILE: written}).items():
            (version / name).write_bytes(content)
    pointer = f"{manifest.version} {hashlib.sha256(written).hexdigest()}"
    write_durably(folder / POINTER_FILE, pointer.encode())
    _prune(folder, current=manifest.version)
    return manifest


def load_current(folder: Path) -> tuple[Manifest, Corpus]:
    """The current corpus, checked. Raises ``IndexRefused``."""
    before = pointer_signature(folder)
    try:
        return _load(folder)
    except IndexRefused:
        if pointer_signature(folder) == before:
            raise
        # Other versions were published, and this one deleted, while it was being read.
        return _load(folder)


def check_current(folder: Path) -> Manifest:
    """The manifest of the current index, whose files are intact. Raises ``IndexRefused``.

    Cheap enough to be called every few seconds: unchanged files are not read again.
    """
    manifest = _read_manifest(folder)
    try:
        damaged = [
            name
            for name, sha256 in manifest.files.items()
            if sha256_of(folder / manifest.version / name) != sha256
        ]
    except OSError as error:
        raise IndexRefused(f"The index {manifest.version} cannot be read.") from error
    _check_intact(manifest, damaged)
    return manifest


def pointer_signature(folder: Path) -> tuple[int, int]:
    """Changes whenever another version becomes the current one. Raises ``IndexRefused``."""
    try:
        stat = (folder / POINTER_FILE).stat()
    except OSError as error:
        raise IndexRefused("No index is published yet.") from error
    return stat.st_ino, stat.st_mtime_ns


def _load(folder: Path) -> tuple[Manifest, Corpus]:
    manifest = _read_manifest(folder)
    files = _read_files(folder, manifest)
    try:
        corpus = corpus_of(files)
    except ValueError as error:
        raise IndexRefused(f"The index {manifest.version} is of another kind.") from error
    if (len(corpus), corpus.vectors.dimension) != (manifest.count, manifest.dimension):
        raise IndexRefused(f"The index {manifest.version} is not what its manifest says.")
    return manifest, corpus


def _read_files(folder: Path, manifest: Manifest) -> dict[str, bytes]:
    """Each file is read once: what is checked is what is used."""
    try:
        files = {name: (folder / manifest.version / name).read_bytes() for name in manifest.files}
    except OSError as error:
        raise IndexRefused(f"The index {manifest.version} cannot be read.") from error
    damaged = [
        name
        for name, content in files.items()
        if hashlib.sha256(content).hexdigest() != manifest.files[name]
    ]
    _check_intact(manifest, damaged)
    return files


def _check_intact(manifest: Manifest, damaged: list[str]) -> None:
    if damaged:
        raise IndexRefused(f"The index {manifest.version} is damaged: {', '.join(damaged)}.")


def _read_manifest(folder: Path) -> Manifest:
    try:
        version, sha256 = (folder / POINTER_FILE).read_text(encoding="utf-8").split()
        content = (folder / version / MANIFEST_FILE).read_bytes()
    except FileNotFoundError as error:
        raise IndexRefused("No index is published yet.") from error
    except (OSError, ValueError) as error:
        raise IndexRefused("The published index cannot be read.") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise IndexRefused(f"The manifest of the index {version} is damaged.")
    try:
        manifest = Manifest(**orjson.loads(content))
    except (TypeError, ValueError) as error:
        raise IndexRefused(f"The index {version} was published by another release.") from error
    if manifest.format != FORMAT:
        raise IndexRefused(f"The index {version} was published by another release.")
    return manifest


def _prune(folder: Path, *, current: str) -> None:
    """Delete old versions, whose names begin with their time, and pointers never finished."""
    for unfinished in folder.glob(f".{POINTER_FILE}.*"):
        unfinished.unlink(missing_ok=True)
    older = sorted(path for path in folder.iterdir() if path.is_dir() and path.name != current)
    for path in older[: -(VERSIONS_KEPT - 1)]:
        shutil.rmtree(path, ignore_errors=True)
