"""Short-lived signed tokens (JWT, RFC 7519) that carry claims without a row in the database.

They prove who issued them and until when they hold, nothing more: a claim grants no permission.
"""

from datetime import datetime, timedelta
from typing import Any

import jwt
from django.utils.crypto import salted_hmac

ALGORITHM = "HS256"
ISSUER = "rollcall"


class InvalidJWT(Exception):
    """The token was not issued by this registry, was altered, or has expired."""


def issue_jwt(*, claims: dict[str, Any], now: datetime, lifetime: timedelta) -> str:
    """A token that carries ``claims`` from ``now`` for ``lifetime``."""
    registered = {"iss": ISSUER, "iat": now, "exp": now + lifetime}
    return jwt.encode(claims | registered, _signing_key(), algorithm=ALGORITHM)


def verify_jwt(*, token: str, now: datetime) -> dict[str, Any]:
    """The claims of ``token``. Raises ``InvalidJWT``."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            _signing_key(),
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            # The library would compare with its own clock; ``now`` is compared below.
            options={"require": ["iss", "iat", "exp"], "verify_exp": False, "verify_iat": False},
        )
    except jwt.InvalidTokenError as error:
        raise InvalidJWT(str(error)) from error
    if claims["exp"] <= now.timestamp():
        raise InvalidJWT("The token has expired.")
    return claims


def _signing_key() -> bytes:
    """32 bytes derived from ``SECRET_KEY``: the same in every process, used for nothing else."""
    return salted_hmac("accounts.json_web_tokens", "signing key", algorithm="sha256").digest()
