"""Short-lived signed tokens (JWT, RFC 7519) for agents: who, until when, and for what at most.

A token says whose it is and what it is limited to. What its owner may do, it does not say: that is
read from the database with each request. Nothing here asks the database.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from django.conf import settings

from accounts.access import Scope, parse_scopes
from accounts.signing_keys import LONGEST_LIFETIME, signing_key, verifying_keys

ALGORITHM = "RS256"
# Says what kind of token it is (RFC 8725, 3.11): the identity provider's tokens, which the same
# keys sign, are not taken for one of these.
TYPE = "rollcall+jwt"
DEFAULT_LIFETIME = timedelta(minutes=15)
REQUIRED_CLAIMS = ["iss", "aud", "sub", "iat", "exp", "jti"]


class InvalidJWT(Exception):
    """The token was not issued by this registry for itself, was altered, or has expired."""


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What a token says. ``scopes`` of ``None``: all that its owner may do."""

    user_id: int
    issued_at: datetime
    scopes: tuple[Scope, ...] | None
    token_id: str
    # The public id of the API token it was made with, without which it is void.
    made_with: str | None


def issue_jwt(
    *,
    user_id: int,
    now: datetime,
    lifetime: timedelta = DEFAULT_LIFETIME,
    scopes: Sequence[Scope] | None = None,
    made_with: str | None = None,
) -> str:
    """A token of the user that holds from ``now`` for ``lifetime``, an hour at most.

    Raises ``accounts.signing_keys.NoSigningKey``.
    """
    claims = {
        "iss": settings.ROLLCALL_URL,
        "aud": settings.ROLLCALL_URL,
        "sub": str(user_id),
        # With its fraction: it is compared with the moment the account's credentials were ended.
        "iat": now.timestamp(),
        "exp": now + min(lifetime, LONGEST_LIFETIME),
        "jti": uuid.uuid4().hex,
    }
    if scopes is not None:
        claims["scope"] = " ".join(map(str, scopes))
    if made_with is not None:
        claims["made_with"] = made_with
    key = signing_key(now=now)
    headers = {"kid": key.kid, "typ": TYPE}
    return jwt.encode(claims, key.private, algorithm=ALGORITHM, headers=headers)


def verify_jwt(*, token: str, now: datetime) -> Claims:
    """What ``token`` says, when it holds at ``now``. Raises ``InvalidJWT``."""
    try:
        decoded = _decoded(token, now)
        if decoded["exp"] <= now.timestamp():
            raise InvalidJWT("The token has expired.")
        return _claims(decoded)
    except (jwt.InvalidTokenError, ValueError, TypeError, RecursionError) as error:
        raise InvalidJWT("The token is not one of this registry.") from error


def _decoded(token: str, now: datetime) -> dict[str, Any]:
    header = jwt.get_unverified_header(token)
    keys = {key.kid: key.private.public_key() for key in verifying_keys(now=now)}
    if header.get("typ") != TYPE or header.get("kid") not in keys:
        raise InvalidJWT("The token is not one of this registry.")
    decoded: dict[str, Any] = jwt.decode(
        token,
        keys[header["kid"]],
        algorithms=[ALGORITHM],
        issuer=settings.ROLLCALL_URL,
        audience=settings.ROLLCALL_URL,
        # The library would compare with its own clock; the caller's moment counts.
        options={"require": REQUIRED_CLAIMS, "verify_exp": False, "verify_iat": False},
    )
    return decoded


def _claims(decoded: dict[str, Any]) -> Claims:
    scope = decoded.get("scope")
    return Claims(
        user_id=int(decoded["sub"]),
        issued_at=datetime.fromtimestamp(decoded["iat"], tz=UTC),
        scopes=None if scope is None else parse_scopes(str(scope).split()),
        token_id=decoded["jti"],
        made_with=decoded.get("made_with"),
    )
