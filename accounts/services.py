"""What can be done with accounts: make the first admin, make and check tokens."""

import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from knox.crypto import hash_token

from accounts.json_web_tokens import InvalidJWT, verify_jwt
from accounts.models import ApiToken, User

Principal = User | AnonymousUser


class TokenExpires(Exception):
    """A token that expires may not make another one, which could outlive it."""

    def __init__(self) -> None:
        super().__init__("A token that expires cannot make tokens: sign in to make one.")


@transaction.atomic
def create_first_admin(*, username: str = "admin") -> str | None:
    """Make an administrator when there is no user yet and return the generated password.

    The password (18 random bytes as 24 URL-safe characters) is nowhere kept in clear. Returns
    ``None``, changing nothing, when any user exists.
    """
    if User.objects.exists():
        return None
    password = secrets.token_urlsafe(18)
    User.objects.create_superuser(username=username, password=password)
    return password


def create_token(
    *,
    user: User,
    name: str,
    lifetime: timedelta | None = None,
    made_with: ApiToken | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for ``user``; the second value is the token in clear, to be shown once.

    ``made_with`` is the token that asks for it, if it was one. Raises ``TokenExpires``.
    """
    if made_with is not None and made_with.expiry is not None:
        raise TokenExpires
    token, clear = ApiToken.objects.create(user=user, expiry=lifetime, name=name)
    return token, clear


def principal_of_token(*, clear: str, now: datetime) -> tuple[User, ApiToken] | None:
    """The active user behind a token in clear and the token's row, or ``None``.

    Looked up by the digest of 256 random bits: how long that takes tells nothing of the token.
    """
    token = ApiToken.objects.select_related("user").filter(digest=hash_token(clear)).first()
    if token is None or not token.is_valid(now):
        return None
    token.touch(now)
    return token.user, token


def principal_of_jwt(*, token: str, now: datetime) -> User | None:
    """The active user a JSON web token of ours names, or ``None``.

    What the user may do is read from the database, never from the token's claims.
    """
    try:
        claims = verify_jwt(token=token, now=now)
    except InvalidJWT:
        return None
    return User.objects.filter(username=claims.get("username"), is_active=True).first()


def verify_token(*, clear: str, now: datetime) -> bool:
    """Whether ``clear`` is an API token or a JSON web token that proves an active user."""
    if principal_of_token(clear=clear, now=now) is not None:
        return True
    return principal_of_jwt(token=clear, now=now) is not None
