"""What every view of the REST API about single servers is built on; ``servers.access`` decides.

What the caller may not see is absent (404), for reading and for changing alike; what is seen but
not allowed is refused (403); a change without credentials is asked for them (401) before anybody
looks whether the server exists; a change of what has changed meanwhile is refused last (412).
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from accounts.access import Action
from accounts.api.permissions import ReadAllowed
from accounts.services import Principal, principal_of
from servers.access import BEHIND_THE_SCENES
from servers.api.preconditions import expected_edition, refusal_of
from servers.models import Server
from servers.services import StaleWrite

# What DRF calls a method that the address does not have, and OPTIONS: both are answered 405.
NOT_OFFERED = (None, "metadata")
# One action, or several of which one is enough.
Required = Action | tuple[Action, ...]


class ServerPermission(BasePermission):
    """Asks for what the view's ``required`` names; what it does not name is answered to nobody."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if view.action in NOT_OFFERED:
            return bool(request.user.is_authenticated)
        required = view.required.get(view.action)
        if required is Action.VIEW:
            return ReadAllowed().has_permission(request, view)
        return required is not None and view.principal.is_authenticated

    def has_object_permission(self, request: Request, view: Any, server: Server) -> bool:
        actions = _each(view.required[view.action])
        if Action.VIEW in actions:
            return True  # the view's queryset holds no other
        in_words = " or ".join(action.label for action in actions)
        self.message = f"You may see {server.name}, but not {in_words} it."
        return is_allowed(view.principal, actions, server, also_deleted=True)


def _each(required: Required) -> tuple[Action, ...]:
    return required if isinstance(required, tuple) else (required,)


def is_allowed(
    principal: Principal,
    actions: tuple[Action, ...],
    server: Server,
    *,
    also_deleted: bool = False,
) -> bool:
    """Whether ``principal`` may do one of ``actions`` to ``server``.

    To a deleted one nobody may do anything; ``also_deleted`` asks who might, were it restored.
    """
    this = Server.objects.filter(pk=server.pk)
    if also_deleted and server.deleted_at is not None:
        return any(this.deleted_for(principal, action).exists() for action in actions)
    return any(this.allowed_to(principal, action).exists() for action in actions)


class GuardedServerViewSet(GenericViewSet[Server]):
    """The servers that the caller may see, by name; each action says what it requires."""

    queryset = Server.objects.none()
    permission_classes = [ServerPermission]
    required: ClassVar[Mapping[str, Required]] = {}
    lookup_field = "name"
    lookup_value_regex = "[^/]+/[^/]+"

    @cached_property
    def principal(self) -> Principal:
        """Who calls; asked for once, since it knows its roles and grants."""
        return principal_of(self.request)

    @cached_property
    def if_match(self) -> str | None:
        """What the caller says a change is based on."""
        return self.request.headers.get("If-Match")

    def get_queryset(self) -> QuerySet[Server]:
        return Server.objects.visible_to(self.principal)

    def get_object(self) -> Server:
        """The server of the address, in whichever case that writes its name.

        Raises ``StaleWrite`` for a change that comes too late already; the services look again.
        """
        rows = self.filter_queryset(self.get_queryset())
        server = get_object_or_404(rows, name_key=self.kwargs[self.lookup_field].lower())
        self.check_object_permissions(self.request, server)
        expected = self.expected(server)
        if expected is not None and expected != server.edition:
            raise StaleWrite(server, expected)
        return server

    def expected(self, server: Server) -> int | None:
        """The edition of ``server`` that a change is based on. Raises ``ParseError``."""
        if self.request.method in SAFE_METHODS:
            return None
        return expected_edition(self.if_match, server)

    def paged(
        self, rows: QuerySet[Any], shape: type[BaseSerializer[Any]], **context: Any
    ) -> Response:
        """A page of ``rows``, which belong to a server."""
        page: Any = self.paginate_queryset(cast("Any", rows))
        return self.get_paginated_response(shape(page, many=True, context=context).data)

    def is_behind_the_scenes(self, server: Server) -> bool:
        """Whether the caller edits or reviews ``server``, and so sees who did what."""
        return is_allowed(self.principal, BEHIND_THE_SCENES, server)

    def handle_exception(self, exc: Exception) -> Response:
        """Says of a stale write what happened since, to those who may know."""
        if isinstance(exc, StaleWrite):
            may_know = self.is_behind_the_scenes(exc.server)
            exc = refusal_of(exc, told_to=self.principal if may_know else None)
        return super().handle_exception(exc)
