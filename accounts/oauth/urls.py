"""The addresses of the authorization server and of the documents about it.

The names are the library's, whose views ask for them. What is not listed is not offered: device
codes, introspection, identity tokens and single logout have no use here.
"""

from allauth.idp.oidc import views as oidc
from django.conf import settings
from django.urls import include, path

from accounts.oauth.metadata import authorization_server, protected_resource
from accounts.oauth.resources import METADATA, PARTS
from accounts.oauth.views import (
    AuditedRevokeView,
    CheckedTokenView,
    ConsentView,
    RegistrationView,
)

endpoints = [
    path("oauth/authorize", ConsentView.as_view(), name="authorization"),
    path("oauth/token", CheckedTokenView.as_view(), name="token"),
    path("oauth/revoke", AuditedRevokeView.as_view(), name="revoke"),
    path(".well-known/jwks.json", oidc.jwks, name="jwks"),
]
if settings.IDP_OIDC_DCR_ENABLED:
    endpoints.append(path("oauth/register", RegistrationView.as_view(), name="client_registration"))

urlpatterns = [
    path("", include(([path("", include((endpoints, "oidc")))], "idp"))),
    path(".well-known/oauth-authorization-server", authorization_server),
    # Clients that know OpenID Connect's place only look here.
    path(".well-known/openid-configuration", authorization_server),
    path(METADATA.lstrip("/"), protected_resource),
    *(path(f"{METADATA}{part}".lstrip("/"), protected_resource, {"part": part}) for part in PARTS),
]
