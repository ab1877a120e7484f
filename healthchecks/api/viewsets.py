"""Health in the REST API: the state of a server, and a check on demand."""

from collections.abc import Mapping
from typing import ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Action
from healthchecks import services
from healthchecks.api.serializers import ObservationSerializer, ServerHealthSerializer
from healthchecks.models import ServerHealth
from servers.api.permissions import GuardedServerViewSet
from servers.models import Server


class ServerIsNotProbed(APIException):
    """There is nothing to check: the server is local, disabled or not monitored."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "not_probed"


class ServerHealthViewSet(GuardedServerViewSet):
    """The health of the servers that the caller may see; others are absent."""

    required: ClassVar[Mapping[str, Action]] = {"health": Action.VIEW, "check": Action.PROBE}
    filter_backends = []

    def get_queryset(self) -> QuerySet[Server]:
        return super().get_queryset().select_related("health")

    @extend_schema(summary="The health of a server", responses=ServerHealthSerializer)
    @action(detail=True)
    def health(self, request: Request, name: str) -> Response:
        """Its state, since when and why, and what the last checks saw."""
        server = self.get_object()
        health = getattr(server, "health", None) or ServerHealth(server=server)
        return Response(
            ServerHealthSerializer(health, context={"whole": self._is_whole(server)}).data
        )

    def _is_whole(self, server: Server) -> bool:
        """Whether the caller sees every tool of ``server``, and thus how many there are."""
        whole = Server.objects.allowed_to(self.principal, Action.VIEW, whole_servers=True)
        return not self.principal.has_grants_for_tools or whole.filter(pk=server.pk).exists()

    @extend_schema(
        summary="Check a server now", request=None, responses={200: ObservationSerializer}
    )
    @action(detail=True, methods=["post"])
    def check(self, request: Request, name: str) -> Response:
        """Connects to it at once and answers what was seen.

        409: checks do not connect to it, because it is local, disabled or not monitored.
        """
        try:
            observation = services.check_now(server=self.get_object(), clock=timezone.now)
        except services.NotProbed as error:
            raise ServerIsNotProbed(str(error)) from error
        return Response(ObservationSerializer(observation).data)
