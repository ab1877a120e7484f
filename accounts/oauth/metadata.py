"""The documents by which a client finds its way: RFC 9728, RFC 8414 and the keys.

They are public, the same for everybody, and may be read by pages of any origin.
"""

from typing import Any

from allauth.idp.oidc import app_settings
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.oauth.clients import GRANT_TYPES, RESPONSE_TYPES
from accounts.oauth.resources import resource_at
from accounts.oauth.scopes import SCOPES


@require_safe
def protected_resource(request: HttpRequest, part: str = "") -> JsonResponse:
    """Who issues tokens for the registry, or for a part of it."""
    return _public(
        {
            "resource": resource_at(part),
            "resource_name": "Rollcall",
            # One's own provider first. Ours takes its sign-in, and is there for clients that need
            # to register themselves.
            "authorization_servers": [*filter(None, [settings.OIDC_ISSUER]), settings.ROLLCALL_URL],
            "scopes_supported": list(SCOPES),
            "bearer_methods_supported": ["header"],
        }
    )


@require_safe
def authorization_server(request: HttpRequest) -> JsonResponse:
    """What our authorization server does, and where."""
    document = {
        "issuer": settings.ROLLCALL_URL,
        "authorization_endpoint": _address("authorization"),
        "token_endpoint": _address("token"),
        "revocation_endpoint": _address("revoke"),
        "jwks_uri": _address("jwks"),
        "scopes_supported": list(SCOPES),
        "response_types_supported": RESPONSE_TYPES,
        "grant_types_supported": GRANT_TYPES,
        "token_endpoint_auth_methods_supported": app_settings.AUTH_METHODS,
        "revocation_endpoint_auth_methods_supported": app_settings.AUTH_METHODS,
        "code_challenge_methods_supported": ["S256"],
        "client_id_metadata_document_supported": True,
    }
    if app_settings.DCR_ENABLED:
        document["registration_endpoint"] = _address("client_registration")
    return _public(document)


def _address(name: str) -> str:
    return resource_at(reverse(f"idp:oidc:{name}"))


def _public(document: dict[str, Any]) -> JsonResponse:
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300"}
    return JsonResponse(document, headers=headers)
