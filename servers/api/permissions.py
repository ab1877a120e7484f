"""What every view of the REST API about single servers is built on; ``servers.access`` decides.

What the caller may not see is absent (404), for reading and for changing alike; what is seen but
not allowed is refused (403); a change without credentials is asked for them (401) before anybody
looks whether the server exists.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from accounts.access import Action
from accounts.api.permissions import ReadAllowed
from accounts.services import Principal, principal_of
from servers.models import Server

# What DRF calls a method that the address does not have, and OPTIONS: both are answered 405.
NOT_OFFERED = (None, "metadata")


class ServerPermission(BasePermission):
    """Asks for what the view's ``required`` names; what it does not name is answered to nobody."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if view.action in NOT_OFFERED:
            return bool(request.user.is_authenticated)
        action = view.required.get(view.action)
        if action is Action.VIEW:
            return ReadAllowed().has_permission(request, view)
        return action is not None and view.principal.is_authenticated

    def has_object_permission(self, request: Request, view: Any, server: Server) -> bool:
        action = view.required[view.action]
        if action is Action.VIEW:
            return True  # the view's queryset holds no other
        self.message = f"You may see {server.name}, but not {action.label} it."
        return Server.objects.allowed_to(view.principal, action).filter(pk=server.pk).exists()


class GuardedServerViewSet(GenericViewSet[Server]):
    """The servers that the caller may see, by name; each action says what it requires."""

    queryset = Server.objects.none()
    permission_classes = [ServerPermission]
    required: ClassVar[Mapping[str, Action]] = {}
    lookup_field = "name"
    lookup_value_regex = "[^/]+/[^/]+"

    @cached_property
    def principal(self) -> Principal:
        """Who calls; asked for once, since it knows its roles and grants."""
        return principal_of(self.request)

    def get_queryset(self) -> QuerySet[Server]:
        return Server.objects.visible_to(self.principal)
