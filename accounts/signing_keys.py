"""The private keys that sign this registry's tokens: RSA keys in PEM files, one file each.

The newest one signs. One that was replaced still verifies until the last token it can have signed
is over. Keys are files outside the database, of mode 0600; several machines share the folder, and
each process sees a new file with its next look. Nothing here knows what a token says.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from allauth.core.internal.jwkkit import jwk_thumbprint
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from django.conf import settings
from jwt.algorithms import RSAAlgorithm

from registry_site.lib.durable_files import create_durably, sync_folder

KEY_SIZE = 2048
# The longest lifetime of anything that these keys sign.
LONGEST_LIFETIME = timedelta(hours=1)
# Stands before the key: PEM allows text around it (RFC 7468), and unlike a file's time it
# survives copying.
_ISSUED = "Issued: "
# Keys whose file does not say when they were made are the oldest.
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class NoSigningKey(Exception):
    """There is no key to sign with."""

    def __init__(self) -> None:
        super().__init__(
            f"There is no signing key in {settings.JWT_KEYS_DIR}: "
            "make one with `manage.py rotate_signing_key`."
        )


class UnreadableKey(Exception):
    """A file among the keys that is not an RSA private key in PEM."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not an RSA private key in PEM format.")


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """One key. ``expires_at`` is when it stops verifying; ``None`` for the newest one."""

    kid: str
    path: Path
    issued_at: datetime
    private: RSAPrivateKey = field(repr=False)
    pem: str = field(repr=False)
    expires_at: datetime | None = None

    def verifies(self, now: datetime) -> bool:
        return self.expires_at is None or now < self.expires_at


def signing_key(*, now: datetime) -> SigningKey:
    """The key that signs new tokens; the embedded run makes the first. Raises ``NoSigningKey``."""
    keys = _keys()
    if keys:
        return keys[0]
    if settings.EMBEDDED:
        return rotate(now=now)
    raise NoSigningKey


def verifying_keys(*, now: datetime) -> list[SigningKey]:
    """The keys whose signatures count at ``now``, the newest first."""
    return [key for key in _keys() if key.verifies(now)]


def rotate(*, now: datetime) -> SigningKey:
    """Make a key, which signs from now on."""
    private = generate_private_key(public_exponent=65537, key_size=KEY_SIZE)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    folder = settings.JWT_KEYS_DIR
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{_thumbprint(private)}.pem"
    create_durably(path, f"{_ISSUED}{now.isoformat()}\n\n".encode() + pem, mode=0o600)
    return _loaded(path)


def prune(*, now: datetime) -> list[str]:
    """Remove the keys that no longer verify anything; their ids."""
    spent = [key for key in _keys() if not key.verifies(now)]
    for key in spent:
        key.path.unlink(missing_ok=True)
    if spent:
        sync_folder(settings.JWT_KEYS_DIR)
    return [key.kid for key in spent]


def _keys() -> list[SigningKey]:
    """Every key there is, the newest first, each with its end: a while after its successor came."""
    found = sorted(_found(), key=_age, reverse=True)
    replaced = [
        replace(key, expires_at=successor.issued_at + LONGEST_LIFETIME)
        for successor, key in pairwise(found)
    ]
    return [*found[:1], *replaced]


def _found() -> Iterator[SigningKey]:
    for path in settings.JWT_KEYS_DIR.glob("*.pem"):
        with suppress(FileNotFoundError):  # pruned by another process just now
            yield _loaded(path)


def _age(key: SigningKey) -> tuple[datetime, str]:
    return key.issued_at, key.kid


def _loaded(path: Path) -> SigningKey:
    return _parsed(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=32)
def _parsed(path: Path, modified: int) -> SigningKey:
    """Read once for every change of the file: to check a key takes as long as fifty requests."""
    pem = path.read_text(encoding="ascii", errors="replace")
    try:
        private = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:  # no key; one with a password
        raise UnreadableKey(path) from error
    if not isinstance(private, RSAPrivateKey):
        raise UnreadableKey(path)
    return SigningKey(
        kid=_thumbprint(private), path=path, issued_at=_issued_at(pem), private=private, pem=pem
    )


def _issued_at(pem: str) -> datetime:
    first = pem.partition("\n")[0]
    return datetime.fromisoformat(first.removeprefix(_ISSUED)) if _ISSUED in first else _LONG_AGO


def _thumbprint(private: RSAPrivateKey) -> str:
    """The key's id as the identity provider computes it (RFC 7638), which publishes the keys."""
    return str(jwk_thumbprint(json.loads(RSAAlgorithm.to_jwk(private.public_key()))))
