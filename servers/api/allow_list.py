"""The list of the servers that clients may use, in the REST API."""

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.fields import ListedChoiceField
from accounts.api.permissions import ReadAllowed
from accounts.services import principal_of
from registry_site.lib.query_parameters import FormatIsAParameter, parameters_of
from registry_site.lib.streaming import streamed
from servers.client_configuration.allow_lists import (
    FORMATS,
    JSON_FORMATS,
    allow_list,
    filename_of,
)
from servers.exporting import allowed_documents
from servers.models import Server


class AllowListParameters(serializers.Serializer[None]):
    """What is listed, and how."""

    format = ListedChoiceField(
        [(name, name) for name in FORMATS],
        default="copilot",
        help_text="What loads it: `copilot`, `claude-code`, `vscode`; or plain `names` or `urls`.",
    )
    include_deprecated = serializers.BooleanField(
        default=False, help_text="With versions that are deprecated."
    )


class AllowListView(APIView):
    """What the caller may see, as long as everybody who sees it may use it."""

    permission_classes = [ReadAllowed]
    content_negotiation_class = FormatIsAParameter

    @extend_schema(
        summary="The allow list for client administrators",
        operation_id="servers_allow_list",
        parameters=[AllowListParameters],
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, "text/plain"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """By address and by command, of every version in the catalogue, in a stable order."""
        chosen = parameters_of(request, AllowListParameters)
        documents = allowed_documents(
            Server.objects.visible_to(principal_of(request)),
            include_deprecated=chosen["include_deprecated"],
        )
        kind = "application/json" if chosen["format"] in JSON_FORMATS else "text/plain"
        return streamed(
            request._request,
            allow_list(documents, chosen["format"]),
            content_type=kind,
            filename=filename_of(chosen["format"]),
        )
