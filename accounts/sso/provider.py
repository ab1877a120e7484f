"""The OpenID Connect provider as django-allauth sees it, with every identity token verified.

Named in ``SOCIALACCOUNT_PROVIDERS``. It decides nothing about accounts: ``adapters`` does.
"""

import secrets
from typing import Any

from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from accounts.sso.issuer import InvalidIssuerToken, IssuerUnavailable, issuer_at


class SignInRefused(OAuth2Error):
    """The provider's answer signs nobody in; ``str()`` says why and carries no secret."""


class ProviderEndpoints(OpenIDConnectOAuth2Adapter):
    """Where to send the browser and what to make of the answer."""

    # Made when the browser was sent away; the identity token must repeat it.
    nonce: str | None = None

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request, settings.OIDC_ISSUER)

    @property
    def openid_config(self) -> dict[str, Any]:
        try:
            return issuer_at(self.provider_id).metadata(now=timezone.now())
        except IssuerUnavailable as error:
            raise SignInRefused(str(error)) from error

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return request.build_absolute_uri(reverse("sso_callback"))

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """The person whom the verified identity token names. Raises ``SignInRefused``."""
        claims = self._verified_claims(kwargs["response"].get("id_token"))
        more = self._user_info(token, claims["sub"])
        login: SocialLogin = self.get_provider().sociallogin_from_response(request, more | claims)
        return login

    def _verified_claims(self, id_token: Any) -> dict[str, Any]:
        if not isinstance(id_token, str) or self.nonce is None:
            raise SignInRefused("The provider gave no identity token.")
        try:
            return issuer_at(self.provider_id).verify(
                token=id_token,
                audiences=[settings.OIDC_CLIENT_ID],
                nonce=self.nonce,
                now=timezone.now(),
            )
        except (InvalidIssuerToken, IssuerUnavailable) as error:
            raise SignInRefused(str(error)) from error

    def _user_info(self, token: SocialToken, subject: str) -> dict[str, Any]:
        """What the provider tells beside the identity token, as far as it is about ``subject``."""
        if "userinfo_endpoint" not in self.openid_config:
            return {}
        info: dict[str, Any] = self._fetch_user_info(token.token)
        if info.get("sub") != subject:
            raise SignInRefused("The provider told of somebody else.")
        return info


class Provider(OpenIDConnectProvider):
    """The configured provider. Accounts there are known by its issuer and their subject."""

    oauth2_adapter_class = ProviderEndpoints
    # A bearer of somebody's identity token is not signed in by it.
    supports_token_authentication = False

    def get_oauth2_adapter(self, request: HttpRequest) -> ProviderEndpoints:
        return ProviderEndpoints(request)

    def get_login_url(self, request: HttpRequest, **query: str) -> str:
        return reverse("sso_login", query=query or None)

    def get_callback_url(self) -> str:
        return reverse("sso_callback")

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """Where to go afterwards; nothing else is taken from the link that was followed."""
        return {"process": AuthProcess.LOGIN, "next_url": get_next_redirect_url(request)}

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, **kwargs: Any
    ) -> HttpResponseBase:
        nonce = secrets.token_urlsafe(16)
        auth_params = {**self.get_auth_params(), "nonce": nonce}
        response: HttpResponseBase = super().redirect(
            request, process, next_url, auth_params=auth_params, nonce=nonce, **kwargs
        )
        return response

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """What is kept of the claims: enough to recognise the account in a list."""
        names = ("sub", "preferred_username", "name", "email")
        return {name: data[name] for name in names if isinstance(data.get(name), str)}

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data["sub"])

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        """None: an address connects no account here."""
        return []

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"claims": data}
