"""Credentials of programs: API tokens and signed tokens, made, replaced, ended and checked.

Whatever makes a credential names the one it was asked with: none is ever made that opens more, or
for longer, than its maker.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from knox.crypto import hash_token
from knox.models import get_digest_token
from knox.settings import CONSTANTS

from accounts import audit
from accounts.access import Scope, parse_scopes
from accounts.json_web_tokens import DEFAULT_LIFETIME, Claims, InvalidJWT, issue_jwt, verify_jwt
from accounts.models import ApiToken, User
from accounts.principals import SignedCredential
from accounts.signing_keys import LONGEST_LIFETIME

LONGEST_LIFETIME_DAYS = 3650
# How long a replaced token goes on, so that its users can change over one by one.
DEFAULT_OVERLAP = timedelta(minutes=60)
LONGEST_OVERLAP = timedelta(days=30)

# What stands in ``request.auth``; ``None`` for the session of a browser.
Credential = ApiToken | SignedCredential | None


class LimitedCredential(Exception):
    """A token with scopes or an end may not make or touch others, which could outdo it."""

    def __init__(self, credential: Credential) -> None:
        super().__init__(
            "A signed token cannot make tokens: sign in, and make one with that session, "
            "for instance at /api/docs."
            if isinstance(credential, SignedCredential)
            else "A token that has scopes or expires cannot make tokens: sign in to make one."
        )


class TokenHasExpired(Exception):
    """What is over cannot be replaced by something that goes on."""

    def __init__(self, token: ApiToken) -> None:
        super().__init__(f"The token {token} has expired: make a new one.")


class ScopesExceeded(Exception):
    """A signed token was asked for that would open more than the credential in use."""

    def __init__(self, scopes: Iterable[Scope]) -> None:
        wanted = ", ".join(map(str, scopes))
        super().__init__(f"The credentials in use do not cover: {wanted}.")


@dataclass(frozen=True, kw_only=True)
class IssuedJWT:
    """A signed token in clear, to be shown once, and its end."""

    token: str
    expires_at: datetime
    scopes: tuple[Scope, ...] | None


# --- API tokens --------------------------------------------------------------------------------


@transaction.atomic
def create_token(
    *,
    user: User,
    name: str,
    now: datetime,
    lifetime: timedelta | None = None,
    scopes: Iterable[str] | None = None,
    made_with: Credential = None,
) -> tuple[ApiToken, str]:
    """Make a token for ``user``; the second value is the token in clear, to be shown once.

    Without ``scopes`` it stands for all that its owner may do. ``made_with`` is the credential
    that asks for it. Raises ``LimitedCredential`` and ``accounts.access.InvalidScope``.
    """
    if is_limited(made_with):
        raise LimitedCredential(made_with)
    texts = None if scopes is None else [str(scope) for scope in parse_scopes(scopes)]
    expires_at = now + lifetime if lifetime else None
    token, clear = _insert(user=user, name=name, scopes=texts, expires_at=expires_at)
    audit.record(action="token.create", subject=name, after=facts_of(token), now=now)
    return token, clear


@transaction.atomic
def rotate_token(
    *,
    token: ApiToken,
    now: datetime,
    overlap: timedelta = DEFAULT_OVERLAP,
    made_with: Credential = None,
) -> tuple[ApiToken, str]:
    """Replace ``token`` by another of the same name, scopes and end; it goes on for ``overlap``.

    A limited token replaces none but itself. Raises ``LimitedCredential``, ``TokenHasExpired``,
    and ``ApiToken.DoesNotExist`` when it was revoked meanwhile.
    """
    if is_limited(made_with) and made_with != token:
        raise LimitedCredential(made_with)
    token.refresh_from_db(from_queryset=ApiToken.objects.select_for_update())
    if token.expiry is not None and token.expiry <= now:
        raise TokenHasExpired(token)
    successor, clear = _insert(
        user=token.user, name=token.name, scopes=token.scopes, expires_at=token.expiry
    )
    before = facts_of(token)
    token.expiry = min(token.expiry or now + overlap, now + overlap)
    token.save(update_fields=["expiry"])
    audit.record(
        action="token.rotate",
        subject=token.name,
        before=before | {"expires_at": token.expiry.isoformat()},
        after=facts_of(successor),
        now=now,
    )
    return successor, clear


@transaction.atomic
def revoke_token(*, token: ApiToken, now: datetime) -> None:
    """End ``token`` at once, and the signed tokens that were made with it."""
    before = facts_of(token)
    deleted, _ = ApiToken.objects.filter(pk=token.pk).delete()
    if deleted:
        audit.record(action="token.revoke", subject=token.name, before=before, now=now)


def facts_of(token: ApiToken) -> dict[str, Any]:
    """The token in the audit trail: by its public id, neither its secret nor its digest."""
    return {
        "id": str(token.public_id),
        "of": token.user.username,
        "scopes": token.scopes,
        "expires_at": token.expiry.isoformat() if token.expiry else None,
    }


def is_limited(credential: Credential) -> bool:
    """Whether something made with ``credential`` could outdo it: open more, or for longer."""
    if isinstance(credential, ApiToken):
        return credential.scopes is not None or credential.expiry is not None
    return credential is not None


def _insert(
    *, user: User, name: str, scopes: list[str] | None, expires_at: datetime | None
) -> tuple[ApiToken, str]:
    """As knox's manager does it, whose own clock is not asked."""
    digest, clear = get_digest_token()
    token = ApiToken(
        digest=digest,
        token_key=clear[: CONSTANTS.TOKEN_KEY_LENGTH],
        user=user,
        name=name,
        scopes=scopes,
        expiry=expires_at,
    )
    token.save(force_insert=True)
    return token, clear


# --- Signed tokens -----------------------------------------------------------------------------


@transaction.atomic
def create_jwt(
    *,
    user: User,
    now: datetime,
    lifetime: timedelta = DEFAULT_LIFETIME,
    scopes: Iterable[str] | None = None,
    made_with: Credential = None,
) -> IssuedJWT:
    """Make a signed token for ``user``, at most what ``made_with`` opens and for as long.

    Raises ``LimitedCredential`` for a signed token, which would renew itself for ever,
    ``ScopesExceeded``, ``accounts.access.InvalidScope`` and ``accounts.signing_keys.NoSigningKey``.
    """
    if isinstance(made_with, SignedCredential):
        raise LimitedCredential(made_with)
    wanted = None if scopes is None else parse_scopes(scopes)
    allowed = _within(wanted, made_with.parsed_scopes if made_with else None)
    ends = [now + min(lifetime, LONGEST_LIFETIME)]
    if made_with and made_with.expiry:
        ends.append(made_with.expiry)
    token = issue_jwt(
        user_id=user.pk,
        now=now,
        lifetime=min(ends) - now,
        scopes=allowed,
        made_with=str(made_with.public_id) if made_with else None,
    )
    after = {"scopes": [str(scope) for scope in allowed] if allowed is not None else None}
    audit.record(action="jwt.create", subject=user.username, after=after, now=now)
    return IssuedJWT(token=token, expires_at=min(ends), scopes=allowed)


def _within(
    wanted: tuple[Scope, ...] | None, limits: Sequence[Scope] | None
) -> tuple[Scope, ...] | None:
    """``wanted``, or all of ``limits`` where nothing was said. Raises ``ScopesExceeded``."""
    if limits is None:
        return wanted
    if wanted is None:
        return tuple(limits)
    excess = [scope for scope in wanted if not any(limit.includes(scope) for limit in limits)]
    if excess:
        raise ScopesExceeded(excess)
    return wanted


# --- Checked -----------------------------------------------------------------------------------


def principal_of_token(
    *, clear: str, now: datetime, address: str | None = None
) -> tuple[User, ApiToken] | None:
    """The active user behind a token in clear and the token's row, or ``None``.

    Notes its use from ``address``. Looked up by the digest of 256 random bits: how long that
    takes tells nothing of the token.
    """
    token = ApiToken.objects.select_related("user").filter(digest=hash_token(clear)).first()
    if token is None or not token.is_valid(now):
        return None
    token.touch(now, address)
    return token.user, token


def principal_of_jwt(*, clear: str, now: datetime) -> tuple[User, SignedCredential] | None:
    """The active user a signed token of ours names and what it is limited to, or ``None``."""
    try:
        claims = verify_jwt(token=clear, now=now)
    except InvalidJWT:
        return None
    user = User.objects.filter(pk=claims.user_id, is_active=True).first()
    if user is None or _is_void(claims, user, now):
        return None
    label = f"signed token {claims.token_id[:8]}…"
    return user, SignedCredential(label=label, scopes=claims.scopes)


def _is_void(claims: Claims, user: User, now: datetime) -> bool:
    """Whether the token was ended with the account's credentials, or with the token it came by."""
    ended_at = user.credentials_valid_from
    if ended_at is not None and claims.issued_at <= ended_at:
        return True
    if claims.made_with is None:
        return False
    maker = ApiToken.objects.select_related("user").filter(public_id=claims.made_with).first()
    return maker is None or not maker.is_valid(now)


def verify_token(*, clear: str, now: datetime) -> bool:
    """Whether ``clear`` is an API token or a signed token that proves an active user."""
    if principal_of_token(clear=clear, now=now) is not None:
        return True
    return principal_of_jwt(clear=clear, now=now) is not None
