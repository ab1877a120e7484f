"""Who may call what at all. Every view declares one of these; the default lets nobody in.

What is asked of a single server is decided beside it, by ``servers.api.permissions``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS, BasePermission

if TYPE_CHECKING:  # DRF's views import this module: it is named in the settings
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from accounts.services import Principal


class DenyAll(BasePermission):
    """The default: a view that forgot to declare its permission answers nobody."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return False


class ReadersOnly(BasePermission):
    """Everybody signed in, and everybody where anonymous reading is on, by whatever method.

    For what changes nothing although it is asked by POST.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user.is_authenticated or settings.ANONYMOUS_READ)


class ReadAllowed(ReadersOnly):
    """The same, and reading only."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.method in SAFE_METHODS and super().has_permission(request, view)


class UnlimitedOnly(BasePermission):
    """Credentials that stand for all that their account may do.

    Scopes are about servers: a token limited to some looks after nothing else.
    """

    message = "A token with scopes does not do for this: sign in, or use one without."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return _principal(request).is_unlimited


class AdministratorsOnly(BasePermission):
    """Administrators, with such credentials."""

    message = "Only administrators may do this, and no token of theirs that has scopes."

    def has_permission(self, request: Request, view: APIView) -> bool:
        principal = _principal(request)
        return principal.is_administrator and principal.is_unlimited


class AdministratorsOrReading(AdministratorsOnly):
    """Reading for everybody signed in, whatever the view then shows; changes as above."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.method in SAFE_METHODS:
            return bool(request.user.is_authenticated)
        return super().has_permission(request, view)


def _principal(request: Request) -> Principal:
    from accounts.services import principal_of  # its models need the settings to be complete

    return principal_of(request)
