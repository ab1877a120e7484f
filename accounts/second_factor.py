"""Who needs a second factor and has none."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings


def needs_second_factor(user: Any) -> bool:
    """Whether the admin stays closed to ``user`` until a second factor is set up."""
    if not settings.REQUIRE_MFA:
        return False
    return not is_mfa_enabled(user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])
