"""Settings that would let everybody or nobody in, told at the start instead of at a request."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.utils import timezone

from accounts.rate_limits import Policy, limit_of
from accounts.signing_keys import UnreadableKey, verifying_keys
from accounts.sso.groups import GroupRoles, InvalidGroupRoles

# An account there is known by its issuer: the column takes so many characters.
LONGEST_ISSUER = 200


@checks.register
def rate_limits_can_be_read(**_: Any) -> list[checks.CheckMessage]:
    """One error for each limit that is none."""
    errors: list[checks.CheckMessage] = []
    for policy in Policy:
        try:
            limit_of(policy.rate)
        except ValueError as error:
            message = f"ROLLCALL_RATE_LIMIT_{policy.name}: {error}; say for instance 600/minute."
            errors.append(checks.Error(message, id="accounts.E001"))
    return errors


@checks.register
def proxies_can_be_counted(**_: Any) -> list[checks.CheckMessage]:
    """An error where the number of proxies is below zero."""
    if settings.TRUSTED_PROXIES >= 0:
        return []
    message = "ROLLCALL_TRUSTED_PROXIES is the number of proxies in front, 0 or more."
    return [checks.Error(message, id="accounts.E002")]


@checks.register
def single_sign_on_makes_sense(**_: Any) -> list[checks.CheckMessage]:
    """Errors where nobody could sign in, or nobody would get a role."""
    errors: list[checks.CheckMessage] = []
    if settings.OIDC_ISSUER and not settings.OIDC_CLIENT_ID:
        message = "Set ROLLCALL_OIDC_CLIENT_ID: the client that the registry is at the issuer."
        errors.append(checks.Error(message, id="accounts.E003"))
    if len(settings.OIDC_ISSUER) > LONGEST_ISSUER:
        message = f"ROLLCALL_OIDC_ISSUER is longer than {LONGEST_ISSUER} characters."
        errors.append(checks.Error(message, id="accounts.E004"))
    try:
        GroupRoles.parse(settings.OIDC_GROUP_ROLES)
    except InvalidGroupRoles as error:
        errors.append(checks.Error(f"ROLLCALL_OIDC_GROUP_ROLES: {error}", id="accounts.E005"))
    return errors


@checks.register
def signing_keys_can_be_read(**_: Any) -> list[checks.CheckMessage]:
    """An error for a file that would fail every request with a signed token."""
    try:
        verifying_keys(now=timezone.now())
    except (UnreadableKey, OSError) as error:
        return [checks.Error(f"ROLLCALL_JWT_KEYS_DIR: {error}", id="accounts.E006")]
    return []
