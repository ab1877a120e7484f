"""The configured identity provider: where its endpoints are, which keys it signs with, whether a
token is really its own.

Every token is verified against these keys, whichever way it came: one from the token endpoint as
well, although OpenID Connect would allow to trust the connection instead. Nothing here knows of
sessions, users or django-allauth.
"""

from asyncio import timeout
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import jwt
import orjson
from asgiref.sync import async_to_sync
from django.conf import settings

from registry_site.lib.outbound import OutboundError, outbound_client

# Asymmetric ones only. With ``none`` or HS256 in it, anybody could sign with what is public.
ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
)  # fmt: skip
DISCOVERY = "/.well-known/openid-configuration"
LEEWAY = timedelta(seconds=30)
# What was fetched is good for an hour. A key that is not among it has it fetched anew.
LIFETIME = timedelta(hours=1)
# The provider is asked no more often than this, for strangers can name as many keys as they like.
PAUSE = timedelta(seconds=10)
# Wall-clock seconds for one document.
DEADLINE = 10


class IssuerUnavailable(Exception):
    """The provider could not be asked, or its answer makes no sense."""


class InvalidIssuerToken(Exception):
    """The token was not made by the provider, not for us, or not for now."""


@dataclass
class Issuer:
    """A provider as its discovery document describes it.

    One for the process, for it keeps the keys. Threads that meet fetch them twice, no worse.
    """

    url: str
    _metadata: dict[str, Any] = field(default_factory=dict)
    _keys: list[dict[str, Any]] = field(default_factory=list)
    _fetched_at: datetime | None = None
    _asked_at: datetime | None = None

    def metadata(self, *, now: datetime) -> dict[str, Any]:
        """The discovery document. Raises ``IssuerUnavailable``."""
        if self._fetched_at is None or now - self._fetched_at >= LIFETIME:
            self._fetch(now)
        return self._metadata

    def verify(
        self, *, token: str, audiences: Sequence[str], now: datetime, nonce: str | None = None
    ) -> dict[str, Any]:
        """The claims of ``token``, which this provider signed for one of ``audiences``.

        Raises ``InvalidIssuerToken`` and ``IssuerUnavailable``.
        """
        key = self._key_for(token, now)
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=audiences,
                issuer=self.url,
                leeway=LEEWAY,
                options={"require": ["iss", "aud", "sub", "iat", "exp"]},
            )
        except jwt.InvalidTokenError as error:
            raise InvalidIssuerToken(f"The token does not hold: {error}") from error
        if nonce is not None and claims.get("nonce") != nonce:
            raise InvalidIssuerToken("The token was made for another sign-in (nonce).")
        return claims

    def _key_for(self, token: str, now: datetime) -> jwt.PyJWK:
        header = _header_of(token)
        self.metadata(now=now)
        key = self._find(header)
        if key is None and not self._was_just_asked(now):
            self._fetch(now)
            key = self._find(header)
        if key is None:
            raise InvalidIssuerToken("The token is signed with a key that the provider has not.")
        return key

    def _find(self, header: dict[str, Any]) -> jwt.PyJWK | None:
        kid = header.get("kid")
        fitting = [key for key in self._keys if kid is None or key.get("kid") == kid]
        if len(fitting) != 1:
            return None
        try:
            return jwt.PyJWK(fitting[0], algorithm=fitting[0].get("alg") or header["alg"])
        except jwt.PyJWTError as error:
            raise InvalidIssuerToken("The token's key cannot be used.") from error

    def _was_just_asked(self, now: datetime) -> bool:
        return self._asked_at is not None and now - self._asked_at < PAUSE

    def _fetch(self, now: datetime) -> None:
        if self._was_just_asked(now):
            raise IssuerUnavailable(f"{self.url} could not be read a moment ago.")
        self._asked_at = now
        metadata = _fetch_json(self.url.rstrip("/") + DISCOVERY, self.url)
        if metadata.get("issuer") != self.url:
            raise IssuerUnavailable(f"The document of {self.url} names another issuer.")
        self._keys = _keys_in(_fetch_json(str(metadata.get("jwks_uri")), self.url))
        self._metadata, self._fetched_at = metadata, now


@lru_cache(maxsize=4)
def issuer_at(url: str) -> Issuer:
    """The one ``Issuer`` of this process for ``url``."""
    return Issuer(url)


def _header_of(token: str) -> dict[str, Any]:
    try:
        header: dict[str, Any] = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        raise InvalidIssuerToken("This is not a signed token.") from error
    if header.get("alg") not in ALGORITHMS:
        raise InvalidIssuerToken(f"A signature by {header.get('alg')!r:.20} is not accepted.")
    return header


def _keys_in(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The public keys for signatures; a secret one, or one to encrypt with, verifies nothing."""
    keys = document.get("keys")
    return [
        key
        for key in (keys if isinstance(keys, list) else [])
        if isinstance(key, dict) and key.get("kty") != "oct" and key.get("use", "sig") == "sig"
    ]


def _fetch_json(url: str, issuer: str) -> dict[str, Any]:
    try:
        answer = orjson.loads(async_to_sync(_fetch)(url, issuer))
    except (OutboundError, TimeoutError, orjson.JSONDecodeError) as error:
        raise IssuerUnavailable(f"{url} could not be read: {error}") from error
    if not isinstance(answer, dict):
        raise IssuerUnavailable(f"{url} does not answer with a JSON object.")
    return answer


async def _fetch(url: str, issuer: str) -> bytes:
    """The operator names the issuer, so its host is reached wherever it stands."""
    host = urlsplit(issuer).hostname or ""
    allow = [*settings.OUTBOUND_ALLOW, host]
    async with timeout(DEADLINE), outbound_client(allow=allow) as client:
        response = await client.get(url)
    if response.status_code != HTTPStatus.OK:
        raise IssuerUnavailable(f"{url} answered {response.status_code}.")
    return response.content
