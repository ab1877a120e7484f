"""What django-allauth's authorization server asks us."""

from typing import Any

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import Client, PrivateKey
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import audit, signing_keys
from accounts.models import User
from accounts.oauth.clients import restrict
from accounts.oauth.resources import NOT_OURS, is_ours
from accounts.oauth.scopes import SCOPES


class AuthorizationServerAdapter(DefaultOIDCAdapter):
    """Our issuer, our keys, our scopes and the clients that we accept."""

    scope_display = SCOPES

    def get_issuer(self) -> str:
        url: str = settings.ROLLCALL_URL
        return url

    def list_private_keys(self, **conditions: Any) -> list[PrivateKey]:
        """The keys that sign the registry's tokens; those that have ended are never among them."""
        return [
            PrivateKey(pem=key.pem, issued_at=key.issued_at, expires_at=key.expires_at)
            for key in signing_keys.verifying_keys(now=timezone.now())
        ]

    def get_user_sub(self, client: Client, user: User) -> str:
        """Whom a code is for: the account, and since when its credentials hold."""
        since = user.credentials_valid_from
        return f"{user.pk} {since.isoformat() if since else ''}"

    def get_user_by_sub(self, client: Client, sub: str) -> User | None:
        """Nobody, once the credentials of that time were ended.

        Locked, so that they are not ended between a look at the code and the making of its tokens.
        """
        user_id, _, _ = sub.partition(" ")
        people = User.objects.select_for_update().filter(is_active=True)
        user = people.filter(pk=user_id).first()
        return user if user and self.get_user_sub(client, user) == sub else None

    def validate_client_registration(
        self, *, client: Client, client_metadata: dict[str, Any], **kwargs: Any
    ) -> None:
        restrict(client)
        after = {"name": client.name, "redirect_uris": client.get_redirect_uris()}
        audit.record(
            action="oauth.client.register", subject=client.pk, after=after, now=timezone.now()
        )

    def validate_resource_uris(self, *, uris: list[str], **kwargs: Any) -> None:
        for uri in uris:
            if not is_ours(uri):
                raise ValidationError(NOT_OURS)
