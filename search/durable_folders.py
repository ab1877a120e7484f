"""Folders that appear whole or not at all, whatever is killed while they are filled."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry_site.lib.durable_files import sync_folder

UNFINISHED = ".unfinished-"


@contextmanager
def durable_folder(target: Path) -> Iterator[Path]:
    """An empty folder to write files into, which becomes ``target`` when the block ends.

    Everything reaches the disk before the name does. When ``target`` exists by then, somebody
    else was quicker: theirs stays. When the block raises, nothing is left.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=target.parent, prefix=UNFINISHED))
    try:
        yield unfinished
        _sync_files(unfinished)
        unfinished.chmod(0o755)
        _rename_unless_taken(unfinished, target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    sync_folder(target.parent)


def remove_unfinished(parent: Path) -> None:
    """Delete what killed processes left half-written in ``parent``."""
    for folder in parent.glob(f"{UNFINISHED}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _sync_files(folder: Path) -> None:
    for path in folder.iterdir():
        with path.open("rb") as handle:
            os.fsync(handle.fileno())
    sync_folder(folder)


def _rename_unless_taken(unfinished: Path, target: Path) -> None:
    try:
        unfinished.rename(target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
