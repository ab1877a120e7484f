"""The way to the identity provider and back."""

from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache

from accounts.sso.provider import ProviderEndpoints, SignInRefused


class CallbackView(OAuth2CallbackView):
    """Hands the nonce of the sign-in that comes back to whoever checks the token."""

    adapter: ProviderEndpoints

    def _get_state(self, request: HttpRequest, provider: Any) -> Any:
        state, response = super()._get_state(request, provider)
        if state is not None:
            self.adapter.nonce = state.get("nonce")
        return state, response


@never_cache
def login(request: HttpRequest) -> HttpResponseBase:
    """Send the browser to the provider."""
    return _answer(OAuth2LoginView, request)


@never_cache
def callback(request: HttpRequest) -> HttpResponseBase:
    """What the provider sent the browser back with."""
    return _answer(CallbackView, request)


def _answer(view: type[Any], request: HttpRequest) -> HttpResponseBase:
    if not settings.OIDC_ISSUER:
        raise Http404
    try:
        response: HttpResponseBase = view.adapter_view(ProviderEndpoints(request))(request)
    except SignInRefused as error:  # the library foresees it after the redirect only
        provider = get_adapter(request).get_provider(request, settings.OIDC_ISSUER)
        response = render_authentication_error(request, provider, exception=error)
    return response
