"""What django-allauth asks us about accounts and second factors.

It decides when; these classes say how it is done here. No rule of ours depends on a view of it.
"""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts.client_address import client_address
from accounts.encryption import Undecipherable, decrypt, encrypt

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Accounts with a password."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account alone: an administrator does, or single sign-on."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Where nobody is redirected to: other sites, and what is no address at all."""
        try:
            is_safe: bool = super().is_safe_url(url)
        except ValueError:
            return False
        return is_safe

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or "unknown"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nothing is sent; what was done stands in the audit trail."""


class SecondFactorAdapter(DefaultMFAAdapter):
    """Keeps the secrets of second factors encrypted, so that a database dump opens nothing."""

    PURPOSE = "second factor"

    def encrypt(self, text: str) -> str:
        return encrypt(text, purpose=self.PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises ``ValidationError``, as for a wrong code, when ``SECRET_KEY`` was replaced."""
        try:
            return decrypt(encrypted_text, purpose=self.PURPOSE)
        except Undecipherable as error:
            logger.error("A second factor was encrypted with another ROLLCALL_SECRET_KEY.")
            refused: ValidationError = self.validation_error("incorrect_code")
            raise refused from error
