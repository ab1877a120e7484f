"""The catalogue as one file in the REST API."""

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.permissions import ReadAllowed
from accounts.services import principal_of
from registry_site.lib.streaming import streamed
from servers.exporting import exported
from servers.models import Server


class ServerExportView(APIView):
    """What the caller may see, and nothing else, in the format of the official registry."""

    permission_classes = [ReadAllowed]

    @extend_schema(
        summary="Export the servers",
        operation_id="servers_export",
        responses={(200, "application/json"): OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Every version of every server, for `import_servers` of another registry."""
        lines = exported(Server.objects.visible_to(principal_of(request)))
        return streamed(
            request._request, lines, content_type="application/json", filename="servers.json"
        )
