"""Access tokens of OAuth, our own server's and the configured issuer's: checked, never made.

Whatever a token says, it opens at most what its owner may do, and only the resource it is for.
"""

from datetime import UTC, datetime
from typing import Any

import jwt
from allauth.idp.oidc.models import Token
from allauth.socialaccount.models import SocialAccount
from django.conf import settings

from accounts.models import User
from accounts.oauth.resources import covers, resources_covering
from accounts.oauth.scopes import scopes_in
from accounts.principals import SignedCredential
from accounts.sso.issuer import InvalidIssuerToken, IssuerUnavailable, issuer_at

Proven = tuple[User, SignedCredential] | None


def principal_of_access_token(*, clear: str, path: str, now: datetime) -> Proven:
    """The active user for whom our server issued the token, if it is meant for ``path``."""
    token = (
        Token.objects.by_value(clear)
        .filter(type=Token.Type.ACCESS_TOKEN, expires_at__gt=now, user__is_active=True)
        .select_related("user", "client")
        .first()
    )
    if token is None or not _is_meant_for(token, path):
        return None
    label = f"OAuth token of {token.client}"
    return token.user, SignedCredential(label=label, scopes=scopes_in(token.get_scopes()))


def principal_of_issuer_token(*, clear: str, path: str, now: datetime) -> Proven:
    """The active user whom a token of the configured issuer names, if it is meant for ``path``.

    Somebody who never signed in here is nobody.
    """
    if not settings.OIDC_ISSUER or _claimed_issuer(clear) != settings.OIDC_ISSUER:
        return None
    try:
        claims = issuer_at(settings.OIDC_ISSUER).verify(
            token=clear, audiences=resources_covering(path), now=now
        )
    except (InvalidIssuerToken, IssuerUnavailable):
        return None
    user = _known_person(claims)
    if user is None:
        return None
    scopes = scopes_in(str(claims.get("scope", "")).split())
    return user, SignedCredential(label=f"token of {settings.OIDC_ISSUER}", scopes=scopes)


def _is_meant_for(token: Token, path: str) -> bool:
    """One that names no resource was asked for by a client that knows of none but this registry."""
    resources = token.get_resources()
    return not resources or any(covers(resource, path) for resource in resources)


def _claimed_issuer(clear: str) -> Any:
    """What the token says before it is verified: no reason to ask a provider about others'."""
    try:
        return jwt.decode(clear, options={"verify_signature": False}).get("iss")
    except jwt.InvalidTokenError:
        return None


def _known_person(claims: dict[str, Any]) -> User | None:
    account = (
        SocialAccount.objects.select_related("user")
        .filter(provider=settings.OIDC_ISSUER, uid=claims["sub"], user__is_active=True)
        .first()
    )
    if account is None:
        return None
    user: User = account.user
    issued_at = datetime.fromtimestamp(claims["iat"], UTC)
    is_void = user.credentials_valid_from is not None and issued_at < user.credentials_valid_from
    return None if is_void else user
