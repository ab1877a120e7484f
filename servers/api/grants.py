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

from accounts.access import LONGEST_PATTERN, Action, InvalidPattern
from accounts.api.fields import TeamField
from accounts.models import Grant, Team, User
from accounts.services import GrantExists, GrantIsOver, ToolsOfThisAction, grant, revoke
from servers.access import Question, allowed_were_it_enabled
from servers.api.errors import Conflict
from servers.models import Server
from servers.permissions import GuardedServerViewSet

# To register a server that is there already means nothing.
GRANTABLE = [(action.value, action.label) for action in Action if action is not Action.REGISTER]


class ServerGrantSerializer(serializers.ModelSerializer[Grant]):
    """A grant that covers the server; those of a wider pattern are not made or revoked here."""

    id = serializers.UUIDField(source="public_id")
    user = serializers.CharField(source="user.username", default=None)
    team = serializers.CharField(source="team.slug", default=None)
    tools = serializers.CharField(source="tool_pattern", help_text="Empty: every tool.")
    granted_by = serializers.CharField(source="granted_by.username", default=None)

    class Meta:
        model = Grant
        fields = [
            "id",
            "user",
            "team",
            "action",
            "pattern",
            "tools",
            "expires_at",
            "note",
            "granted_by",
            "created_at",
        ]
        read_only_fields = fields


class NewServerGrantSerializer(serializers.Serializer[Any]):
    """What is to be granted, to one user or one team; anything else is refused."""

    user = serializers.SlugRelatedField[User](
        slug_field="username",
        queryset=User.objects.filter(is_active=True),
        required=False,
        error_messages={"does_not_exist": "There is no user {value!r}."},
    )
    team = TeamField(required=False)
    action = serializers.ChoiceField(GRANTABLE)
    tools = serializers.CharField(
        default="", allow_blank=True, max_length=LONGEST_PATTERN, help_text="A name, or prefix*."
    )
    expires_at = serializers.DateTimeField(default=None, allow_null=True)
    note = serializers.CharField(default="", allow_blank=True, max_length=200)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if unknown := sorted(set(self.initial_data) - set(self.fields)):
            raise serializers.ValidationError(
                {name: f"{name} is not a known field." for name in unknown}
            )
        if ("user" in attrs) == ("team" in attrs):
            raise serializers.ValidationError({"user": "Name either a user or a team."})
        return attrs


class ServerGrantViewSet(GuardedServerViewSet):
    """The grants on a server."""

    required: ClassVar[Mapping[str, Action]] = dict.fromkeys(
        ("list", "create", "destroy"), Action.ADMINISTER
    )
    filter_backends = []

    @extend_schema(
        summary="The grants on a server",
        operation_id="server_grants_list",
        responses=ServerGrantSerializer(many=True),
    )
    def list(self, request: Request, name: str) -> Response:
        """Every grant that covers the server, the newest first."""
        grants = cast("Any", _covering(self.get_object()))
        page: Any = self.paginate_queryset(grants)
        return self.get_paginated_response(ServerGrantSerializer(page, many=True).data)

    @extend_schema(
        summary="Grant somebody an action on a server",
        operation_id="server_grants_create",
        request=NewServerGrantSerializer,
        responses={201: ServerGrantSerializer},
    )
    def create(self, request: Request, name: str) -> Response:
        """To one user or one team. 403: what is not yours to do is not yours to grant.

        409: the same is granted already.
        """
        server = self.get_object()
        wanted = NewServerGrantSerializer(data=request.data, context={"principal": self.principal})
        wanted.is_valid(raise_exception=True)
        made = self._grant(server, **wanted.validated_data)
        return Response(ServerGrantSerializer(made).data, status=status.HTTP_201_CREATED)

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
        """Raises ``PermissionDenied``, ``ValidationError`` and ``Conflict``."""
        self._refuse_beyond_own(server, Action(action))
        try:
            return grant(
                to=cast("User | Team", user or team),
                action=Action(action),
                pattern=server.name,
                granted_by=self.principal.user,
                now=timezone.now(),
                **what,
            )
        except (InvalidPattern, ToolsOfThisAction) as error:
            raise ValidationError({"tools": str(error)}) from error
        except GrantIsOver as error:
            raise ValidationError({"expires_at": str(error)}) from error
        except GrantExists as error:
            raise Conflict(str(error)) from error

    def _refuse_beyond_own(self, server: Server, action: Action) -> None:
        """Raises ``PermissionDenied`` where the caller may not do ``action`` to all of it."""
        question = Question(
            principal=self.principal,
            action=action,
            now=timezone.now(),
            server=server.name,
            whole_servers=True,
        )
        if not Server.objects.filter(allowed_were_it_enabled(question)).exists():
            raise PermissionDenied(f"You may not grant {action} on {server.name}: you lack it.")


def _covering(server: Server) -> QuerySet[Grant]:
    grants = Grant.objects.covering(server.name)
    return grants.select_related("user", "team", "granted_by").order_by("-created_at", "-pk")
