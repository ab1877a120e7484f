"""Tells drf-spectacular what our ways of proving oneself are called in OpenAPI."""

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme


class ApiTokenScheme(KnoxTokenScheme):
    target_class = "accounts.api.authentication.ApiTokenAuthentication"
    name = "apiToken"


class BrowserSessionScheme(SessionScheme):
    target_class = "accounts.api.authentication.BrowserSessionAuthentication"
    name = "browserSession"
