"""The sha256 of large files (models, indexes), computed once for each content.

A file is taken as unchanged while its identity, size and change times are: a flipped bit, even
one written in place with its modification time put back, moves ``st_ctime``.
"""

import hashlib
from functools import lru_cache
from pathlib import Path


def sha256_of(path: Path) -> str:
    """The sha256 of ``path``, 64 hexadecimal characters. Raises ``OSError``."""
    stat = path.stat()
    return _sha256(path, stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


@lru_cache(maxsize=64)
def _sha256(path: Path, *_identity: int) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
