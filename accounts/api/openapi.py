"""Tells drf-spectacular what our ways of proving oneself are called in OpenAPI."""

from typing import Any

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.api.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer"}


class BrowserSessionScheme(SessionScheme):
    target_class = "accounts.api.authentication.BrowserSessionAuthentication"
    name = "browserSession"
