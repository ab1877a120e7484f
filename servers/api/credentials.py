"""What the registry shows to a server that asks for credentials: set and taken back, never read."""

from collections.abc import Mapping
from typing import ClassVar, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Action
from accounts.api.serializers import StrictSerializer
from accounts.models import User
from registry_site.lib.pagination import Pagination
from servers.api.errors import refusals_as_answers
from servers.api.permissions import GuardedServerViewSet, Required
from servers.models import UpstreamCredential
from servers.services import delete_credential, set_credential
from servers.services.credentials import LONGEST_VALUE

HEADER = OpenApiParameter("header", str, OpenApiParameter.PATH, description="Such as X-Api-Key.")


class CredentialSerializer(serializers.ModelSerializer[UpstreamCredential]):
    """A credential without its value, which nobody is shown again."""

    set_by = serializers.SlugRelatedField[User](
        slug_field="username", read_only=True, allow_null=True
    )

    class Meta:
        model = UpstreamCredential
        fields = ["header", "origin", "set_at", "set_by"]
        read_only_fields = fields


class CredentialValueSerializer(StrictSerializer):
    """What is sent in the header, scheme included: `Bearer ...`."""

    value = serializers.CharField(max_length=LONGEST_VALUE, trim_whitespace=False, write_only=True)


class CredentialViewSet(GuardedServerViewSet):
    """The headers that checks of a server send to it."""

    required: ClassVar[Mapping[str, Required]] = dict.fromkeys(
        ("list", "update", "destroy"), Action.ADMINISTER
    )
    pagination_class = Pagination

    @extend_schema(
        summary="The credentials for a server",
        operation_id="server_credentials_list",
        responses=CredentialSerializer(many=True),
    )
    def list(self, request: Request, name: str) -> Response:
        """Which headers checks send, to which origin, and who set them when; never a value."""
        credentials = self.get_object().credentials.select_related("set_by").order_by("header")
        return self.paged(credentials, CredentialSerializer)

    @extend_schema(
        summary="Set a credential for a server",
        operation_id="server_credentials_update",
        parameters=[HEADER],
        request=CredentialValueSerializer,
        responses=CredentialSerializer,
    )
    def update(self, request: Request, name: str, header: str) -> Response:
        """It is sent to the origin of the server's present address, and to no other."""
        server = self.get_object()
        given = CredentialValueSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        with refusals_as_answers():
            credential = set_credential(
                server=server,
                header=header,
                value=given.validated_data["value"],
                by=cast("User", request.user),
                now=timezone.now(),
                expected=self.expected(server),
            )
        return Response(CredentialSerializer(credential).data)

    @extend_schema(
        summary="Take a credential back",
        operation_id="server_credentials_destroy",
        parameters=[HEADER],
        responses={204: None},
    )
    def destroy(self, request: Request, name: str, header: str) -> Response:
        """404: no such header is sent to this server."""
        server = self.get_object()
        credential = get_object_or_404(server.credentials, header__iexact=header)
        with refusals_as_answers():
            delete_credential(
                credential=credential, now=timezone.now(), expected=self.expected(server)
            )
        return Response(status=status.HTTP_204_NO_CONTENT)
