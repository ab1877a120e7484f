"""Health in the REST API: the state of a server, and a check on demand."""

from typing import cast

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api.permissions import ReadOrModelPermission
from accounts.models import User
from healthchecks import services
from healthchecks.api.serializers import ObservationSerializer, ServerHealthSerializer
from healthchecks.models import ServerHealth
from servers.models import Server


class ServerIsNotProbed(APIException):
    """There is nothing to check: the server is local, disabled or not monitored."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "not_probed"


class ServerHealthViewSet(GenericViewSet[Server]):
    """The health of the servers that the caller may see; others are absent."""

    queryset = Server.objects.none()
    permission_classes = [ReadOrModelPermission]
    required_permission = ""
    filter_backends = []
    lookup_field = "name"
    lookup_value_regex = "[^/]+/[^/]+"

    def get_queryset(self) -> QuerySet[Server]:
        visible = Server.objects.visible_to(cast("User", self.request.user))
        return visible.select_related("health")

    @extend_schema(summary="The health of a server", responses=ServerHealthSerializer)
    @action(detail=True)
    def health(self, request: Request, name: str) -> Response:
        """Its state, since when and why, and what the last checks saw."""
        server = self.get_object()
        health = getattr(server, "health", None) or ServerHealth(server=server)
        return Response(ServerHealthSerializer(health).data)

    @extend_schema(
        summary="Check a server now", request=None, responses={200: ObservationSerializer}
    )
    @action(detail=True, methods=["post"], required_permission="servers.change_server")
    def check(self, request: Request, name: str) -> Response:
        """Connects to it at once and answers what was seen.

        409: checks do not connect to it, because it is local, disabled or not monitored.
        """
        try:
            observation = services.check_now(server=self.get_object(), clock=timezone.now)
        except services.NotProbed as error:
            raise ServerIsNotProbed(str(error)) from error
        return Response(ObservationSerializer(observation).data)
