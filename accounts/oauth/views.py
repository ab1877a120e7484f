"""The endpoints of the authorization server, where the library leaves more open than we do."""

from http import HTTPStatus
from typing import Any

from allauth.core.internal import ratelimit
from allauth.idp.oidc.forms import AuthorizationForm
from allauth.idp.oidc.internal.oauthlib.utils import respond_html_error
from allauth.idp.oidc.views import AuthorizationView, ClientRegistrationView, TokenView
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

from accounts import audit
from accounts.oauth.clients import form_action_for, must_be_fetched, remember_client


class ConsentView(AuthorizationView):
    """Asks the person who is signed in whether a program may act for them."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Only somebody who is signed in makes us fetch what a client says of itself.
        if request.user.is_authenticated and (refusal := self._refusal(request)):
            return refusal
        response: HttpResponse = super().get(request, *args, **kwargs)
        return response

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        """For a request without a proof key, or a client whose document is not acceptable."""
        if request.GET.get("code_challenge_method") != "S256":
            return _refused(request, "A code challenge of the method S256 is required (PKCE).")
        client_id = request.GET.get("client_id", "")
        if not must_be_fetched(client_id):
            return None
        limit = {"app": "allauth.idp.oidc", "action": "cimd_fetch", "limit_get": True}
        if not ratelimit.consume(request, **limit):
            too_many: HttpResponse = ratelimit.respond_429(request)
            return too_many
        try:
            remember_client(client_id=client_id)
        except ValidationError as error:
            return _refused(request, str(error.message))
        return None

    @transaction.atomic
    def form_valid(self, form: AuthorizationForm) -> HttpResponse:
        audit.record(
            action="oauth.consent",
            subject=self._request_info["client_id"],
            after={"scopes": form.cleaned_data["scopes"]},
            now=timezone.now(),
        )
        response: HttpResponse = super().form_valid(form)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The page names where the browser goes: a client's name is what it says of itself."""
        destination = form_action_for(self._request_info["redirect_uri"])
        return {**super().get_context_data(**kwargs), "destination": destination}

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """A browser holds a form to the policy in its redirects, too."""
        response: HttpResponse = super().render_to_response(context, **kwargs)
        response._csp_update = {"form-action": [context["destination"]]}  # type: ignore[attr-defined]  # how django-csp is told
        return response


class RegistrationView(ClientRegistrationView):
    """Registers programs that are not known yet."""

    def _get_client_metadata(self) -> dict[str, Any] | None:
        """A program that does not say how it proves itself is taken for a public one.

        RFC 7591 would take it for one with a secret, of which we accept none, and lets a server
        register something else than was asked for.
        """
        metadata: dict[str, Any] | None = super()._get_client_metadata()
        return metadata and {"token_endpoint_auth_method": "none"} | metadata


class CheckedTokenView(TokenView):
    """Exchanges codes and refresh tokens; answers a wrong resource as RFC 8707 says."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response: HttpResponse = super().post(request, *args, **kwargs)
        except ValidationError as error:
            answer = {"error": "invalid_target", "error_description": error.message}
            return JsonResponse(answer, status=HTTPStatus.BAD_REQUEST)
        return response


def _refused(request: HttpRequest, description: str) -> HttpResponse:
    """A page: to where such a client asks for, nobody is redirected."""
    response: HttpResponse = respond_html_error(
        request, error=InvalidRequestError(description=description)
    )
    response.status_code = HTTPStatus.BAD_REQUEST
    return response
