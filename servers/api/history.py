"""What was done to one server, as the audit trail has it, for those who look after it."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from registry_site.lib.pagination import KeysetPagination
from servers.access import BEHIND_THE_SCENES
from servers.api.permissions import GuardedServerViewSet, Required
from servers.api.preconditions import EditSerializer, edits_of
from servers.services import history_of


class ServerHistoryViewSet(GuardedServerViewSet):
    """The changes of a server."""

    required: ClassVar[Mapping[str, Required]] = {"list": BEHIND_THE_SCENES}
    pagination_class = KeysetPagination

    @extend_schema(
        summary="What was done to a server",
        operation_id="server_history_list",
        responses=EditSerializer(many=True),
    )
    def list(self, request: Request, name: str) -> Response:
        """The newest first, for those who may edit or review it."""
        page: Any = self.paginate_queryset(cast("Any", history_of(self.get_object())))
        return self.get_paginated_response(edits_of(page, principal=self.principal))
