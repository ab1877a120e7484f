"""Checksums of large files."""

import hashlib
import os
from pathlib import Path

from search.checksums import sha256_of


def test_it_is_the_sha256_of_the_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")

    assert sha256_of(path) == hashlib.sha256(b"content").hexdigest()


def test_a_change_is_noticed_even_with_the_old_time_put_back(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    stat = path.stat()
    before = sha256_of(path)

    with path.open("r+b") as handle:
        handle.write(b"C")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert sha256_of(path) != before
