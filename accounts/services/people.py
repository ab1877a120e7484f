"""People: accounts made, changed, closed and opened, and the end of their credentials."""

import secrets
from datetime import datetime
from typing import Any, TypedDict

from allauth.idp.oidc.models import Token as OAuthToken
from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.access import Role
from accounts.models import ApiToken, Membership, Session, Team, User


class UserExists(Exception):
    """The username is taken, perhaps in capitals: two that look alike are one."""

    def __init__(self, username: str) -> None:
        super().__init__(f"A user named {username!r} exists already.")


class LastAdministrator(Exception):
    """Without an active administrator nobody could make another one."""

    def __init__(self) -> None:
        super().__init__("This is the last active administrator: make another one first.")


class UserChanges(TypedDict, total=False):
    """What can be changed of an account."""

    first_name: str
    last_name: str
    email: str
    is_active: bool
    is_superuser: bool


# --- Made --------------------------------------------------------------------------------------


@transaction.atomic
def create_first_admin(*, now: datetime, username: str = "admin") -> str | None:
    """Make an administrator when there is no user yet and return the generated password.

    The password (18 random bytes as 24 URL-safe characters) is nowhere kept in clear. Returns
    ``None``, changing nothing, when any user exists.
    """
    if User.objects.exists():
        return None
    password = secrets.token_urlsafe(18)
    create_user(username=username, password=password, is_superuser=True, now=now)
    return password


@transaction.atomic
def create_user(
    *,
    username: str,
    now: datetime,
    password: str | None = None,
    email: str = "",
    is_superuser: bool = False,
) -> User:
    """Make an account; one without a password signs in by single sign-on, or uses tokens only.

    Raises ``UserExists``, and ``django.core.exceptions.ValidationError`` for a weak password.
    """
    user = User(username=User.normalize_username(username), email=email, is_superuser=is_superuser)
    if password is not None:
        validate_password(password, user)
    if User.objects.filter(username__iexact=user.username).exists():
        raise UserExists(username)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:  # somebody else was quicker
        raise UserExists(username) from error
    after = {"email": email, "is_superuser": is_superuser, "has_password": password is not None}
    audit.record(action="user.create", subject=user.username, after=after, now=now)
    return user


def join_default_team(*, user: User) -> None:
    """Let a new account see what everybody here sees."""
    Membership.objects.get_or_create(
        team=Team.objects.default(), user=user, defaults={"role": Role.VIEWER}
    )


# --- Changed -----------------------------------------------------------------------------------


@transaction.atomic
def change_user(*, user: User, changes: UserChanges, now: datetime) -> None:
    """Make ``changes``; closing and opening is what ``deactivate`` and ``reactivate`` do.

    Raises ``LastAdministrator``.
    """
    stored = _locked(user)
    columns: dict[str, Any] = {
        column: value
        for column, value in changes.items()
        if column != "is_active" and value != getattr(stored, column)
    }
    if stored.is_superuser and not columns.get("is_superuser", True):
        require_another_administrator(user)
    if columns:
        _write(user, **columns)
        before = {column: getattr(stored, column) for column in columns}
        audit.record(
            action="user.update", subject=user.username, before=before, after=columns, now=now
        )
    if "is_active" in changes:
        (reactivate if changes["is_active"] else deactivate)(user=user, now=now)


@transaction.atomic
def set_password(*, user: User, password: str | None, now: datetime) -> None:
    """Give ``user`` another password, or none; who signed in with the last one is signed out.

    Raises ``django.core.exceptions.ValidationError`` for a weak one.
    """
    if password is not None:
        validate_password(password, user)
    user.set_password(password)
    _write(user, password=user.password)
    after = {"has_password": password is not None}
    audit.record(action="user.password", subject=user.username, after=after, now=now)
    sign_out(user=user, now=now)


@transaction.atomic
def deactivate(*, user: User, now: datetime) -> None:
    """Close the account: its sessions and tokens end at once, and do not come back with it.

    Raises ``LastAdministrator``.
    """
    if not _locked(user).is_active:
        return
    require_another_administrator(user)
    _write(user, is_active=False)
    tokens = [str(token) for token in ApiToken.objects.filter(user=user)]
    end_credentials(user=user, now=now)
    after = {"is_active": False, "tokens_revoked": tokens}
    audit.record(action="user.deactivate", subject=user.username, after=after, now=now)


@transaction.atomic
def reactivate(*, user: User, now: datetime) -> None:
    """Open the account again; it has to sign in anew and to make new tokens."""
    if _locked(user).is_active:
        return
    _write(user, is_active=True)
    audit.record(action="user.reactivate", subject=user.username, now=now)


@transaction.atomic
def delete_user(*, user: User, now: datetime) -> None:
    """Delete the account with all it holds; its servers stay. Raises ``LastAdministrator``.

    To close an account, and keep its name from being taken by somebody else, deactivate it.
    """
    require_another_administrator(user)
    before = {
        "email": user.email,
        "is_superuser": user.is_superuser,
        "teams": {row.team.slug: row.role for row in user.memberships.select_related("team")},
        "grants": [str(grant) for grant in user.grants.all()],
    }
    username = user.username
    user.delete()
    audit.record(action="user.delete", subject=username, before=before, now=now)


def require_another_administrator(*users: User) -> None:
    """Raises ``LastAdministrator`` when no administrator is left without ``users``.

    Within a transaction the answer holds until its end: the rows of administrators are locked.
    """
    administrators = User.objects.select_for_update().filter(is_superuser=True, is_active=True)
    going = {user.pk for user in users}
    there = set(administrators.values_list("pk", flat=True))
    if there and there <= going:
        raise LastAdministrator


# --- The end of credentials --------------------------------------------------------------------


@transaction.atomic
def sign_out(*, user: User, now: datetime) -> None:
    """End every session, signed token and OAuth token of ``user``; API tokens go on."""
    ended, _ = Session.objects.filter(user=user).delete()
    void_signed_tokens(user=user, now=now)
    audit.record(
        action="user.sign_out", subject=user.username, after={"sessions_ended": ended}, now=now
    )


@transaction.atomic
def end_session(*, session: Session, now: datetime) -> None:
    """End one session of a browser."""
    username = session.user.username if session.user else ""
    deleted, _ = Session.objects.filter(pk=session.pk).delete()
    if deleted:
        audit.record(action="session.end", subject=username, now=now)


def end_credentials(*, user: User, now: datetime) -> None:
    """End every session, API token, signed token and OAuth token of ``user``."""
    Session.objects.filter(user=user).delete()
    ApiToken.objects.filter(user=user).delete()
    void_signed_tokens(user=user, now=now)


@transaction.atomic
def void_signed_tokens(*, user: User, now: datetime) -> None:
    """End what programs hold of ``user`` beside API tokens, as far as it was made until now.

    Signed tokens, OAuth access and refresh tokens, and codes not exchanged yet: these name the
    moment that is written here (``accounts.oauth.adapters``).
    """
    _write(user, credentials_valid_from=now)
    OAuthToken.objects.filter(user=user).delete()


def forget_expired(*, now: datetime) -> None:
    """Delete the sessions and OAuth tokens that are over; nothing that still opens something.

    Expired API tokens stay in their owner's list, where they say why a program was refused.
    """
    Session.objects.filter(expire_date__lte=now).delete()
    OAuthToken.objects.filter(expires_at__lte=now).delete()


def _locked(user: User) -> User:
    """``user`` as it is stored, for this transaction alone to change."""
    return User.objects.select_for_update().get(pk=user.pk)


def _write(user: User, **columns: Any) -> None:
    """Change single columns, of the row and of ``user``."""
    User.objects.filter(pk=user.pk).update(**columns)
    for column, value in columns.items():
        setattr(user, column, value)
