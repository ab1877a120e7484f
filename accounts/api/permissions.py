"""Who may call what. Every view declares one of these; the default lets nobody in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS, BasePermission, DjangoModelPermissions

if TYPE_CHECKING:  # DRF's views import this module: it is named in the settings
    from rest_framework.request import Request
    from rest_framework.views import APIView


class DenyAll(BasePermission):
    """The default: a view that forgot to declare its permission answers nobody."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return False


class ReadAllowed(BasePermission):
    """Reading for everybody signed in, and for everybody where anonymous reading is on."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.method not in SAFE_METHODS:
            return False
        return bool(request.user.is_authenticated or settings.ANONYMOUS_READ)


class ReadOrModelPermission(DjangoModelPermissions):
    """Reading as ``ReadAllowed``; a change needs the model's add, change or delete permission.

    An action that is a change although it is called by POST sets ``required_permission`` on its
    view or on itself (``@action(..., required_permission="servers.change_server")``).
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.method in SAFE_METHODS:
            return ReadAllowed().has_permission(request, view)
        if not request.user.is_authenticated:
            return False
        required = getattr(view, "required_permission", None)
        if required:
            return bool(request.user.has_perm(required))
        return bool(super().has_permission(request, view))
