"""What follows from an account's rows, whichever door they came through."""

from typing import Any

from allauth.account.signals import password_changed
from allauth.account.signals import user_logged_in as signed_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.services import join_default_team, void_signed_tokens


@receiver(post_save, sender=User)
def welcome(instance: User, created: bool, raw: bool, **kwargs: Any) -> None:
    """Every new account is a member of the default team; one read from a fixture is as it was."""
    if created and not raw:
        join_default_team(user=instance)


# --- The library changes accounts itself; what it did goes into the audit trail here ------------


@receiver(signed_in)
def note_sign_in(user: User, **kwargs: Any) -> None:
    audit.record(action="login", subject=user.username, now=timezone.now())


@receiver(user_logged_out)
def note_sign_out(user: User | None, **kwargs: Any) -> None:
    if user is not None:
        audit.record(action="logout", subject=user.username, now=timezone.now())


@receiver(user_login_failed)
def note_failed_sign_in(credentials: dict[str, Any], **kwargs: Any) -> None:
    """The name that was tried, existing or not; never the password."""
    tried = str(credentials.get("username", ""))
    detail = "Wrong name or password, or a closed account."
    audit.record_denial(action="login", subject=tried, detail=detail, now=timezone.now())


@receiver(authentication_failed)
def note_wrong_code(user: User, **kwargs: Any) -> None:
    audit.record_denial(
        action="login", subject=user.username, detail="Wrong second factor.", now=timezone.now()
    )


@receiver(password_changed)
def note_new_password(user: User, **kwargs: Any) -> None:
    """Other sessions end with the password itself; what programs hold has to be ended."""
    now = timezone.now()
    void_signed_tokens(user=user, now=now)
    audit.record(action="user.password", subject=user.username, now=now)


@receiver(post_save, sender=Authenticator)
def note_second_factor(instance: Authenticator, created: bool, raw: bool, **kwargs: Any) -> None:
    """By its row: the library's own signal comes after the transaction."""
    if created and not raw:
        _note_second_factor("user.second_factor.add", instance)


@receiver(post_delete, sender=Authenticator)
def note_second_factor_gone(instance: Authenticator, **kwargs: Any) -> None:
    _note_second_factor("user.second_factor.remove", instance)


def _note_second_factor(action: str, factor: Authenticator) -> None:
    after = {"kind": factor.type}
    audit.record(action=action, subject=factor.user.username, after=after, now=timezone.now())
