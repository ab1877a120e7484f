"""The grants that bear on one server, for those who administer it.

They see every grant that covers the server; they make and take back those for this server alone,
and nobody grants what they may not do themselves.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Action
from accounts.api.errors import refusals_as_answers
from accounts.api.fields import TeamField
from accounts.api.serializers import GrantRequestSerializer, GrantSerializer
from accounts.models import Grant, Team, User
from accounts.services import grant, revoke
from servers.access import ON_A_SERVER, Question, allowed_were_it_listed
from servers.api.permissions import GuardedServerViewSet
from servers.models import Server

GRANTABLE = [(action.value, action.label) for action in ON_A_SERVER]


class ServerGrantRequestSerializer(GrantRequestSerializer):
    """What is to be granted on one server, to one user or to a team that the caller knows."""

    team = TeamField(required=False)
    action = serializers.ChoiceField(GRANTABLE)
    pattern = None  # type: ignore[assignment] # the server of the address


class ServerGrantViewSet(GuardedServerViewSet):
    """The grants on a server."""

    required: ClassVar[Mapping[str, Action]] = dict.fromkeys(
        ("list", "create", "destroy"), Action.ADMINISTER
    )

    @extend_schema(
        summary="The grants on a server",
        operation_id="server_grants_list",
        responses=GrantSerializer(many=True),
    )
    def list(self, request: Request, name: str) -> Response:
        """Every grant that covers the server, the newest first."""
        return self.paged(_covering(self.get_object()), GrantSerializer)

    @extend_schema(
        summary="Grant somebody an action on a server",
        operation_id="server_grants_create",
        request=ServerGrantRequestSerializer,
        responses={201: GrantSerializer},
    )
    def create(self, request: Request, name: str) -> Response:
        """To one user or one team. 403: what is not yours to do is not yours to grant.

        409: the same is granted already.
        """
        server = self.get_object()
        wanted = ServerGrantRequestSerializer(
            data=request.data, context={"principal": self.principal}
        )
        wanted.is_valid(raise_exception=True)
        made = self._grant(server, **wanted.validated_data)
        return Response(GrantSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Take back a grant on a server",
        operation_id="server_grants_destroy",
        responses={204: None},
    )
    def destroy(self, request: Request, name: str, grant_id: str) -> Response:
        """404: this server has no such grant of its own."""
        own = Grant.objects.filter(pattern=self.get_object().name_key)
        revoke(grant=get_object_or_404(own, public_id=grant_id), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _grant(
        self,
        server: Server,
        *,
        action: str,
        user: User | None = None,
        team: Team | None = None,
        **what: Any,
    ) -> Grant:
        """Raises the exceptions of the REST API."""
        self._refuse_beyond_own(server, Action(action))
        if user is not None and user == self.principal.user:
            # It would outlast the reason for which the caller may grant anything here.
            raise ValidationError({"user": "Nobody grants something to themselves."})
        with refusals_as_answers():
            return grant(
                to=cast("User | Team", user or team),
                action=Action(action),
                pattern=server.name,
                granted_by=self.principal.user,
                now=timezone.now(),
                **what,
            )

    def _refuse_beyond_own(self, server: Server, action: Action) -> None:
        """Raises ``PermissionDenied`` where the caller may not do ``action`` to all of it."""
        question = Question(
            principal=self.principal,
            action=action,
            now=timezone.now(),
            server=server.name,
            whole_servers=True,
        )
        if not Server.objects.filter(allowed_were_it_listed(question)).exists():
            raise PermissionDenied(f"You may not grant {action} on {server.name}: you lack it.")


def _covering(server: Server) -> QuerySet[Grant]:
    grants = Grant.objects.covering(server.name)
    return grants.select_related("user", "team", "granted_by").order_by("-created_at", "-pk")
