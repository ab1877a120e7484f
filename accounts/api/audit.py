"""The audit trail in the REST API, to be read by administrators; nothing here changes it."""

from collections.abc import Sequence
from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from accounts.api.fields import ListedChoiceField
from accounts.api.permissions import AdministratorsOnly
from accounts.audit_export import COLUMNS, AuditEventFilter, Format, exported
from accounts.models import AuditEvent
from accounts.querysets import AuditEventQuerySet
from registry_site.lib.pagination import KeysetPagination
from registry_site.lib.query_parameters import FormatIsAParameter
from registry_site.lib.streaming import streamed


class AuditEventSerializer(serializers.ModelSerializer[AuditEvent]):
    """What was done or refused, by whom, from where."""

    class Meta:
        model = AuditEvent
        fields = COLUMNS
        read_only_fields = COLUMNS


class ExportSerializer(serializers.Serializer[Any]):
    """What a caller says of the file."""

    format = ListedChoiceField(choices=Format.choices, default=Format.CSV)


@extend_schema_view(list=extend_schema(summary="List the audit events, the newest first"))
class AuditViewSet(mixins.ListModelMixin, GenericViewSet[AuditEvent]):
    """Every change and every refused attempt."""

    queryset = AuditEvent.objects.none()
    serializer_class = AuditEventSerializer
    permission_classes = [AdministratorsOnly]
    filterset_class = AuditEventFilter
    pagination_class = KeysetPagination  # the trail grows for ever
    extra_parameters: Sequence[str] = ()  # as_view() takes what the class has

    def get_queryset(self) -> AuditEventQuerySet:
        return AuditEvent.objects.order_by("-pk")

    @extend_schema(
        summary="Export the audit events, the oldest first",
        parameters=[OpenApiParameter("format", enum=Format.values, default=Format.CSV)],
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            (200, "application/jsonl"): OpenApiTypes.STR,
        },
    )
    @action(
        detail=False,
        pagination_class=None,
        content_negotiation_class=FormatIsAParameter,
        extra_parameters=["format"],
    )
    def export(self, request: Request) -> StreamingHttpResponse:
        """The same filters as for the list; as CSV, or one JSON object a line."""
        wanted = ExportSerializer(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        written_as = Format(wanted.validated_data["format"])
        events: AuditEventQuerySet = self.filter_queryset(self.get_queryset())  # type: ignore[assignment]
        lines = exported(events, written_as)
        return streamed(
            request._request,
            lines,
            content_type=written_as.content_type,
            filename=written_as.filename,
        )
