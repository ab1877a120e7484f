"""The endpoints of the authorization server, where the library leaves more open than we do."""

import json
from http import HTTPStatus
from typing import Any

from allauth.core.internal import ratelimit
from allauth.idp.oidc.forms import AuthorizationForm
from allauth.idp.oidc.internal.oauthlib.utils import respond_html_error
from allauth.idp.oidc.internal.resources import InvalidTargetError
from allauth.idp.oidc.models import Client, Token
from allauth.idp.oidc.views import (
    AuthorizationView,
    ClientRegistrationView,
    RevokeView,
    TokenView,
)
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError, OAuth2Error

from accounts import audit
from accounts.middleware.audit_trail import is_worth_a_row
from accounts.models import User
from accounts.oauth.clients import (
    form_action_for,
    is_registered,
    must_be_fetched,
    remember_client,
)
from accounts.oauth.resources import NOT_OURS, is_ours
from accounts.oauth.scopes import SCOPES


class ConsentForm(AuthorizationForm):
    """What may be allowed, from seeing to changing rather than by the alphabet."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        asked = dict(self.fields["scopes"].choices)
        self.fields["scopes"].choices = [
            (scope, asked[scope]) for scope in SCOPES if scope in asked
        ]


class ConsentView(AuthorizationView):
    """Asks the person who is signed in whether a program may act for them."""

    form_class = ConsentForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Only somebody who is signed in makes us fetch what a client says of itself.
        if request.user.is_authenticated and (refusal := self._refusal(request)):
            return refusal
        response: HttpResponse = super().get(request, *args, **kwargs)
        # The library refuses with a page as if all were well.
        if response.status_code == HTTPStatus.OK and not isinstance(response, TemplateResponse):
            response.status_code = HTTPStatus.BAD_REQUEST
        return response

    def _login_required(self, request: HttpRequest) -> HttpResponse | None:
        """Without somebody there is nobody to ask, even for who wants it done without asking."""
        if request.user.is_authenticated or "login" in request.GET.get("prompt", "").split():
            asked_to: HttpResponse | None = super()._login_required(request)
            return asked_to
        return redirect_to_login(request.get_full_path())

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        """For a request that would not be safe, or a client that is not acceptable."""
        if request.GET.get("code_challenge_method") != "S256":
            return _refused(request, "A code challenge of the method S256 is required (PKCE).")
        if not all(map(is_ours, request.GET.getlist("resource"))):
            return _refused(request, NOT_OURS, error=InvalidTargetError)
        client_id = request.GET.get("client_id", "")
        if must_be_fetched(client_id) and (refusal := self._refusal_of_document(client_id)):
            return refusal
        client = Client.objects.filter(pk=client_id).first()
        if client and not is_registered(request.GET.get("redirect_uri", ""), client):
            return _refused(request, "The program has not registered this redirect_uri.")
        return None

    def _refusal_of_document(self, client_id: str) -> HttpResponse | None:
        request = self.request
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
        if not all(map(is_ours, request.POST.getlist("resource"))):
            return _invalid_target(NOT_OURS)
        response = self._exchanged(request)
        if _is_invalid_grant(response) and is_worth_a_row(request):
            _note_invalid_grant(request)
        return response

    def _exchanged(self, request: HttpRequest) -> HttpResponse:
        """What is refused changes nothing: a refresh token outlives a mistake beside it."""
        try:
            with transaction.atomic():
                _lock_owner(request.POST.get("refresh_token", ""))
                response: HttpResponse = super().post(request)
                transaction.set_rollback(response.status_code >= HTTPStatus.BAD_REQUEST)
        except ValidationError as error:
            return _invalid_target(str(error.message))
        return response


class AuditedRevokeView(RevokeView):
    """Ends a token that a program no longer needs, and writes that down."""

    @transaction.atomic
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        token = Token.objects.by_value(request.POST.get("token", "")).first()
        response: HttpResponse = super().post(request, *args, **kwargs)
        if token and not Token.objects.filter(pk=token.pk).exists():
            _note_revocation(token)
        return response


def _lock_owner(refresh_token: str) -> None:
    """Not to be signed out while the token is replaced: the new one would outlive that."""
    owner = Token.objects.by_value(refresh_token).values("user")
    list(User.objects.select_for_update().filter(pk__in=owner))


def _is_invalid_grant(response: HttpResponse) -> bool:
    """Whether a program that is known came with a code or refresh token that does not hold."""
    is_refused = response.status_code == HTTPStatus.BAD_REQUEST
    return is_refused and json.loads(response.content).get("error") == "invalid_grant"


def _note_invalid_grant(request: HttpRequest) -> None:
    audit.record_denial(
        action=f"oauth.{request.POST['grant_type']}",
        subject=request.POST.get("client_id", ""),
        detail="Used before, ended, for another program, or made up.",
        now=timezone.now(),
    )


def _note_revocation(token: Token) -> None:
    audit.record(
        action="oauth.token.revoke",
        subject=token.user.username if token.user else "",
        before={"client": token.client_id, "kind": token.type},
        now=timezone.now(),
    )


def _invalid_target(description: str) -> JsonResponse:
    answer = {"error": "invalid_target", "error_description": description}
    return JsonResponse(answer, status=HTTPStatus.BAD_REQUEST)


def _refused(
    request: HttpRequest, description: str, error: type[OAuth2Error] = InvalidRequestError
) -> HttpResponse:
    """A page: to where such a client asks for, nobody is redirected."""
    response: HttpResponse = respond_html_error(request, error=error(description=description))
    response.status_code = HTTPStatus.BAD_REQUEST
    return response
