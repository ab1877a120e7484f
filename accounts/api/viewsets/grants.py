"""Grants: everybody reads those to themselves, administrators read, make and revoke all."""

from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.access import Action
from accounts.api.errors import refusals_as_answers
from accounts.api.filters import GrantFilter
from accounts.api.permissions import AdministratorsOrReading
from accounts.api.serializers import GrantRequestSerializer, GrantSerializer
from accounts.models import Grant, User
from accounts.services import grant, principal_of, revoke


@extend_schema_view(
    list=extend_schema(summary="List grants"),
    retrieve=extend_schema(summary="One grant"),
    destroy=extend_schema(summary="Revoke a grant"),
)
class GrantViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    GenericViewSet[Grant],
):
    """The grants to the caller and the caller's teams; every grant for an administrator."""

    queryset = Grant.objects.none()
    serializer_class = GrantSerializer
    permission_classes = [AdministratorsOrReading]
    filterset_class = GrantFilter
    lookup_field = "public_id"
    lookup_url_kwarg = "id"

    def get_queryset(self) -> QuerySet[Grant]:
        principal = principal_of(self.request)
        grants = Grant.objects.select_related("user", "team", "granted_by")
        sees_all = principal.is_administrator and principal.is_unlimited
        return grants if sees_all else grants.to(principal)

    @extend_schema(
        summary="Grant something", request=GrantRequestSerializer, responses={201: GrantSerializer}
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Allow a user or a team an action on the servers of a pattern. 409: it is granted."""
        wanted = GrantRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        fields = wanted.validated_data
        with refusals_as_answers():
            made = grant(
                to=fields.get("user") or fields["team"],
                action=Action(fields["action"]),
                pattern=fields["pattern"],
                tools=fields["tools"],
                expires_at=fields.get("expires_at"),
                note=fields["note"],
                granted_by=cast("User", request.user),
                now=timezone.now(),
            )
        return Response(GrantSerializer(made).data, status=status.HTTP_201_CREATED)

    def perform_destroy(self, instance: Grant) -> None:
        revoke(grant=instance, now=timezone.now())
