"""Publishes an index so that a reader finds the old one or the new one, complete, or is told why.

``<folder>/<version>/`` holds an index and its manifest and never changes; ``<folder>/CURRENT``
names the version to read. FAISS notices no flipped bit, so everything is vouched for by a
checksum: the index by its manifest, the manifest by CURRENT. Knows nothing of the database.
"""

import hashlib
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import orjson

from registry_site.lib.durable_files import write_durably
from search import index as indexes
from search.checksums import sha256_of
from search.durable_folders import durable_folder, remove_unfinished
from search.index.base import VectorIndex

INDEX_FILE = "vectors.index"
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
    sha256: str
    model_key: str
    dimension: int
    count: int
    # The highest id in the index: an entry beyond it is newer than the index.
    high_water_mark: int
    created_at: str


def publish(folder: Path, index: VectorIndex, *, model_key: str, now: datetime) -> Manifest:
    """Make ``index`` the current one of ``folder`` in one step; all but the last two are deleted.

    One process at a time may publish to a folder. Raises ``OSError``; what was current stays so.
    """
    content = index.to_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    manifest = Manifest(
        version=f"{now:%Y%m%dT%H%M%S.%f}-{sha256[:12]}",
        sha256=sha256,
        model_key=model_key,
        dimension=index.dimension,
        count=index.size,
        high_water_mark=int(index.ids[-1]) if index.size else 0,
        created_at=now.isoformat(),
    )
    remove_unfinished(folder)
    written = orjson.dumps(asdict(manifest))
    with durable_folder(folder / manifest.version) as version:
        (version / INDEX_FILE).write_bytes(content)
        (version / MANIFEST_FILE).write_bytes(written)
    pointer = f"{manifest.version} {hashlib.sha256(written).hexdigest()}"
    write_durably(folder / POINTER_FILE, pointer.encode())
    _prune(folder, current=manifest.version)
    return manifest


def load_current(folder: Path, *, model_key: str, dimension: int) -> tuple[Manifest, VectorIndex]:
    """The current index, checked. Raises ``IndexRefused``."""
    before = pointer_signature(folder)
    try:
        return _load(folder, model_key=model_key, dimension=dimension)
    except IndexRefused:
        if pointer_signature(folder) == before:
            raise
        # Other versions were published, and this one deleted, while it was being read.
        return _load(folder, model_key=model_key, dimension=dimension)


def check_current(folder: Path, *, model_key: str, dimension: int) -> Manifest:
    """The manifest of the current index, whose file is intact. Raises ``IndexRefused``.

    Cheap enough to be called every few seconds: an unchanged file is not read again.
    """
    manifest = _read_manifest(folder)
    _check_fits(manifest, model_key=model_key, dimension=dimension)
    try:
        sha256 = sha256_of(folder / manifest.version / INDEX_FILE)
    except OSError as error:
        raise IndexRefused(f"The index {manifest.version} cannot be read.") from error
    if sha256 != manifest.sha256:
        raise IndexRefused(f"The index {manifest.version} is damaged.")
    return manifest


def pointer_signature(folder: Path) -> tuple[int, int]:
    """Changes whenever another version becomes the current one. Raises ``IndexRefused``."""
    try:
        stat = (folder / POINTER_FILE).stat()
    except OSError as error:
        raise IndexRefused("No index is published yet.") from error
    return stat.st_ino, stat.st_mtime_ns


def _load(folder: Path, *, model_key: str, dimension: int) -> tuple[Manifest, VectorIndex]:
    manifest = _read_manifest(folder)
    _check_fits(manifest, model_key=model_key, dimension=dimension)
    try:
        content = (folder / manifest.version / INDEX_FILE).read_bytes()
    except OSError as error:
        raise IndexRefused(f"The index {manifest.version} cannot be read.") from error
    if hashlib.sha256(content).hexdigest() != manifest.sha256:
        raise IndexRefused(f"The index {manifest.version} is damaged.")
    try:
        index = indexes.vector_index_class().from_bytes(content)
    except ValueError as error:
        raise IndexRefused(f"The index {manifest.version} is of another kind.") from error
    return manifest, index


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
        return Manifest(**orjson.loads(content))
    except (TypeError, ValueError) as error:
        raise IndexRefused(f"The index {version} was published by another release.") from error


def _check_fits(manifest: Manifest, *, model_key: str, dimension: int) -> None:
    if manifest.model_key != model_key:
        raise IndexRefused(
            f"The index {manifest.version} was made with the model {manifest.model_key}, "
            f"not with {model_key}."
        )
    if manifest.dimension != dimension:
        raise IndexRefused(
            f"The vectors of the index {manifest.version} have {manifest.dimension} dimensions, "
            f"not {dimension}."
        )


def _prune(folder: Path, *, current: str) -> None:
    """Delete old versions, whose names begin with their time, and pointers never finished."""
    for unfinished in folder.glob(f".{POINTER_FILE}.*"):
        unfinished.unlink(missing_ok=True)
    older = sorted(path for path in folder.iterdir() if path.is_dir() and path.name != current)
    for path in older[: -(VERSIONS_KEPT - 1)]:
        shutil.rmtree(path, ignore_errors=True)
