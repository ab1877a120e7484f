"""What the embedded run makes for itself: a secret key and a private place for its Redis."""

import hashlib
import secrets
import tempfile
from pathlib import Path

from registry_site.lib.durable_files import create_durably

# The kernel's limit for the path of a unix socket is 108 bytes on Linux and 104 on macOS.
LONGEST_SOCKET_PATH = 100


def generated_secret(path: Path) -> str:
    """The secret kept at ``path`` (mode 0600), made on first use: 64 URL-safe characters.

    Processes that start at the same moment agree on one: the first to make it wins.
    """
    if not path.exists():
        create_durably(path, secrets.token_urlsafe(48).encode(), mode=0o600)
    return path.read_text(encoding="utf-8")


def redis_socket(home: Path) -> Path:
    """Where the Redis of ``home`` listens: inside it, or in the temporary folder if too long."""
    inside = home / "redis" / "redis.sock"
    if len(str(inside).encode()) <= LONGEST_SOCKET_PATH:
        return inside
    digest = hashlib.sha256(str(home).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"rollcall-{digest}" / "redis.sock"
