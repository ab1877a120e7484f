"""What django-allauth asks us about people who come by single sign-on.

A person there is known by issuer and subject alone: no local account is ever joined to one because
it has the same name or e-mail address.
"""

from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthError
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.sso.groups import GroupRoles, groups_in
from accounts.sso.memberships import apply_groups
from accounts.sso.provider import Provider, SignInRefused


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """Makes an account at the first sign-in and sets its memberships at every one."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return True

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]
    ) -> User:
        """The account that would be made; its name is free, whatever the provider suggests."""
        claims = data["claims"]
        # For ``pre_social_login`` and ``save_user``, which are not told of the claims.
        sociallogin.claims = claims
        user: User = sociallogin.user
        user.username = _free_username(claims)
        user.email = _text(claims, "email", User._meta.get_field("email").max_length)
        user.first_name = _text(claims, "given_name", User._meta.get_field("first_name").max_length)
        user.last_name = _text(claims, "family_name", User._meta.get_field("last_name").max_length)
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """The memberships of somebody who was here before."""
        if not sociallogin.is_existing:
            return
        user = sociallogin.user
        if user.is_active:
            _apply(user, sociallogin.claims)
        else:
            audit.record_denial(
                action="login",
                subject=user.username,
                detail="Single sign-on: the account is deactivated.",
                now=timezone.now(),
            )

    @transaction.atomic
    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """A new account, with its memberships."""
        user: User = super().save_user(request, sociallogin, form)
        after = {"issuer": sociallogin.account.provider, "subject": sociallogin.account.uid}
        audit.record(action="user.create", subject=user.username, after=after, now=timezone.now())
        _apply(user, sociallogin.claims)
        return user

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Provider,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Only our own words go into the trail: the library's quote what the provider answered."""
        if error == AuthError.CANCELLED:
            return
        known = str(exception) if isinstance(exception, SignInRefused) else _kind(exception)
        audit.record_denial(
            action="login",
            subject=settings.OIDC_ISSUER,
            detail=f"Single sign-on: {known}",
            now=timezone.now(),
        )


def _apply(user: User, claims: dict[str, Any]) -> None:
    apply_groups(
        user=user,
        groups=groups_in(claims, settings.OIDC_GROUPS_CLAIM),
        group_roles=GroupRoles.parse(settings.OIDC_GROUP_ROLES),
        now=timezone.now(),
    )


def _free_username(claims: dict[str, Any]) -> str:
    suggestions = [_text(claims, name, 150) for name in ("preferred_username", "email", "name")]
    username: str = get_account_adapter().generate_unique_username([*suggestions, "user"])
    return username


def _text(claims: dict[str, Any], name: str, length: int | None) -> str:
    """The claim as it fits into a column; empty for what is no text."""
    value = claims.get(name)
    return value[:length] if isinstance(value, str) else ""


def _kind(exception: Exception | None) -> str:
    return type(exception).__name__ if exception else "the answer belongs to no sign-in from here."
