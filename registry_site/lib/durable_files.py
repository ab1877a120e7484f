"""Files that are either the old content or the new one, whatever is killed in between."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def write_durably(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Replace ``path`` by ``content`` (bytes) in one step, creating its folder if need be.

    The content reaches the disk before its name does. Raises ``OSError`` when the disk refuses;
    ``path`` is then as it was.
    """
    with _on_disk_beside(path, content, mode) as temporary:
        temporary.replace(path)
    sync_folder(path.parent)


def create_durably(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """As ``write_durably``, but what exists stays: of several processes the first one wins."""
    with _on_disk_beside(path, content, mode) as temporary, suppress(FileExistsError):
        path.hardlink_to(temporary)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable: a rename is only on disk once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _on_disk_beside(path: Path, content: bytes, mode: int) -> Iterator[Path]:
    """A temporary file in the folder of ``path`` that holds ``content``, gone afterwards."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            os.fchmod(descriptor, mode)
            handle.write(content)
            handle.flush()
            os.fsync(descriptor)
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
