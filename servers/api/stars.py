"""A person's mark on a server: no change of the server, and nobody else's business."""

from typing import cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import UnlimitedOnly
from accounts.models import User
from servers import services
from servers.api.permissions import GuardedServerViewSet


class StarViewSet(GuardedServerViewSet):
    """Whoever sees a server may mark it; a token with scopes does not speak for its owner here."""

    permission_classes = [UnlimitedOnly]

    @extend_schema(
        summary="Star a server",
        operation_id="servers_star_update",
        request=None,
        responses={204: None},
    )
    def update(self, request: Request, name: str) -> Response:
        """Twice is once."""
        services.star(server=self.get_object(), user=cast("User", request.user), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="Take a star back", operation_id="servers_star_destroy", responses={204: None}
    )
    def destroy(self, request: Request, name: str) -> Response:
        """Whether there was one or not."""
        services.unstar(server=self.get_object(), user=cast("User", request.user))
        return Response(status=status.HTTP_204_NO_CONTENT)
