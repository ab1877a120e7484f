"""What a receiver knows us by: symmetric signatures of the Standard Webhooks specification 1.0."""

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import datetime

# What the secrets are encrypted for (accounts.encryption).
PURPOSE = "servers.webhooks"
PREFIX = "whsec_"
# Bytes; the specification asks for 24 to 64.
SECRET_LENGTH = 32


def new_secret() -> str:
    """A secret as it is shown to people: ``whsec_`` and base64."""
    return PREFIX + b64encode(secrets.token_bytes(SECRET_LENGTH)).decode()


def signed_headers(
    *, message_id: str, body: bytes, with_secrets: Iterable[str], now: datetime
) -> dict[str, str]:
    """The headers that say of ``body`` which message it is, when it was sent and that we sent it.

    One signature for each secret: while a secret is replaced, the receiver knows one of the two.
    """
    timestamp = str(int(now.timestamp()))
    content = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(secret, content) for secret in with_secrets),
    }


def _signature(secret: str, content: bytes) -> str:
    key = b64decode(secret.removeprefix(PREFIX))
    return "v1," + b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
