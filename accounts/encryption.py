"""Encrypts what has to be kept and must not be read from a dump of the database.

With a key from ``SECRET_KEY``, one for each purpose. What is only compared is hashed instead.
"""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac


class Undecipherable(Exception):
    """The text was altered, or encrypted with a ``SECRET_KEY`` that is no longer known."""


def encrypt(text: str, *, purpose: str) -> str:
    return _cipher(purpose).encrypt(text.encode()).decode()


def decrypt(text: str, *, purpose: str) -> str:
    """What was encrypted with ``SECRET_KEY`` or one of its predecessors.

    Raises ``Undecipherable``.
    """
    try:
        return _cipher(purpose).decrypt(text.encode()).decode()
    except InvalidToken as error:
        raise Undecipherable from error


def reencrypt(text: str, *, purpose: str) -> str:
    """The same text, encrypted with the present ``SECRET_KEY``. Raises ``Undecipherable``."""
    return encrypt(decrypt(text, purpose=purpose), purpose=purpose)


def _cipher(purpose: str) -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(secret, purpose)) for secret in secrets])


def _key(secret: str | bytes, purpose: str) -> bytes:
    """32 bytes derived from ``secret``, used for nothing else."""
    derived = salted_hmac("accounts.encryption", purpose, secret, algorithm="sha256")
    return urlsafe_b64encode(derived.digest())
