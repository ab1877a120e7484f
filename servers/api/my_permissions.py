"""What the caller may do, and why: in general, and to one server or one of its tools."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import Action
from accounts.api.serializers import GrantSerializer, MeSerializer
from accounts.models import Grant, Membership
from accounts.services import Principal, principal_of
from registry_site.lib.query_parameters import refuse_unknown_parameters
from servers.explanations import Explanation, explain
from servers.models import LONGEST_NAME, Server
from servers.services import LONGEST_TOOL_TEXT

# Whoever holds more than these finds them all under /api/grants.
MOST_GRANTS = 200


class PermissionParameters(serializers.Serializer[Any]):
    """What the answer is to be about; anything else is refused."""

    server = serializers.CharField(
        required=False, max_length=LONGEST_NAME, help_text="The name of a server."
    )
    tool = serializers.CharField(
        required=False, max_length=LONGEST_TOOL_TEXT, help_text="The name of one of its tools."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        refuse_unknown_parameters(self.initial_data, self.fields)
        if "tool" in attrs and "server" not in attrs:
            raise serializers.ValidationError({"tool": "A tool is of a server: name it, too."})
        return attrs


class ExplanationSerializer(serializers.Serializer[Explanation]):
    """One action, with every reason there is for it and what stands against it."""

    action = serializers.ChoiceField(Action.choices)
    allowed = serializers.BooleanField()
    tools = serializers.ListField(
        child=serializers.CharField(),
        allow_null=True,
        help_text="Allowed for the tools of these patterns only; null: no tool is left out.",
    )
    because = serializers.ListField(child=serializers.CharField())
    withheld = serializers.CharField(help_text="Why it is not allowed although there is a reason.")


class MyPermissionsSerializer(MeSerializer):
    """Teams, grants and scopes; ``actions`` on the server that was asked about, else empty."""

    grants = GrantSerializer(many=True, help_text=f"In force; the newest {MOST_GRANTS}.")
    server = serializers.CharField(allow_null=True)
    actions = ExplanationSerializer(many=True)


class MyPermissionsView(APIView):
    """The caller's own permissions."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        summary="What the caller may do, and why",
        parameters=[PermissionParameters],
        responses=MyPermissionsSerializer,
        operation_id="my_permissions",
    )
    def get(self, request: Request) -> Response:
        """Teams, grants and scopes; with `server`, each action on it with the reasons.

        404: there is no such server, or none that the caller may see.
        """
        asked = PermissionParameters(data=request.query_params)
        asked.is_valid(raise_exception=True)
        principal = principal_of(request)
        found = _about_server(principal, **asked.validated_data)
        return Response(MyPermissionsSerializer(_about_caller(principal, found) | found).data)


def _about_server(
    principal: Principal, server: str | None = None, tool: str | None = None
) -> dict[str, Any]:
    if server is None:
        return {"server": None, "actions": []}
    row = get_object_or_404(Server.objects.visible_to(principal), name_key=server.lower())
    actions = explain(principal=principal, server=row, now=timezone.now(), tool=tool)
    return {"server": row.name, "actions": actions}


def _about_caller(principal: Principal, found: dict[str, Any]) -> dict[str, Any]:
    scopes = principal.scopes
    return {
        "username": principal.user and principal.user.username,
        "is_administrator": principal.is_administrator,
        "scopes": None if scopes is None else [str(scope) for scope in scopes],
        "teams": Membership.objects.filter(user=principal.user_id).select_related("team"),
        "grants": _grants(principal, found["server"])[:MOST_GRANTS],
    }


def _grants(principal: Principal, server: str | None) -> QuerySet[Grant]:
    """The grants in force; of those, the ones that cover ``server`` where one is named."""
    held = Grant.objects.held_by(principal, timezone.now())
    held = held.select_related("user", "team", "granted_by")
    return held if server is None else held.covering(server)
