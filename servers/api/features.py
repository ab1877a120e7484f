"""What a server offers beside the list of its tools: one tool, its prompts, its resources.

What the policy holds back is there for those who may edit or review the server.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Action
from registry_site.lib.pagination import Pagination
from servers.api.permissions import GuardedServerViewSet, Required
from servers.api.serializers import ToolSerializer
from servers.models import Prompt, Resource, Tool

FEATURE_FIELDS = [
    "name",
    "title",
    "description",
    "definition",
    "drifted",
    "version",
    "first_seen_at",
    "last_seen_at",
]


class ToolDetailSerializer(ToolSerializer):
    """A tool with all that the server says of it.

    Its context says who is ``behind_the_scenes``: others are not shown what is held back.
    """

    definition = serializers.DictField(help_text="The whole object, as tools/list gave it.")
    held = serializers.BooleanField(help_text="New, and hidden until somebody accepts it.")
    observed = serializers.SerializerMethodField(
        help_text="What the server says by now, while that is held back; else null."
    )
    findings = serializers.SerializerMethodField(help_text="Where the scan's warnings are.")

    class Meta(ToolSerializer.Meta):
        fields = [*ToolSerializer.Meta.fields, "definition", "held", "observed", "findings"]
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_observed(self, tool: Tool) -> dict[str, Any] | None:
        return tool.observed if self.context["behind_the_scenes"] else None

    def get_findings(self, tool: Tool) -> str:
        return reverse("server-findings", args=[tool.server.name])


class PromptSerializer(serializers.ModelSerializer[Prompt]):
    """A prompt that a server offers now."""

    definition = serializers.DictField(help_text="The whole object, as prompts/list gave it.")
    drifted = serializers.BooleanField()

    class Meta:
        model = Prompt
        fields = FEATURE_FIELDS
        read_only_fields = fields


class ResourceSerializer(serializers.ModelSerializer[Resource]):
    """A resource, or a template of resources, that a server offers now."""

    uri = serializers.CharField(source="name", help_text="Its address, or the template of it.")
    definition = serializers.DictField(help_text="The whole object, as the server listed it.")
    drifted = serializers.BooleanField()

    class Meta:
        model = Resource
        fields = ["uri", *FEATURE_FIELDS[1:]]
        read_only_fields = fields


class FeatureViewSet(GuardedServerViewSet):
    """The features of one server. Grants for some tools open neither prompts nor resources."""

    required: ClassVar[Mapping[str, Required]] = dict.fromkeys(
        ("tool", "prompts", "resources"), Action.VIEW
    )
    pagination_class = Pagination

    @extend_schema(
        summary="One tool of a server",
        operation_id="server_tool_retrieve",
        parameters=[OpenApiParameter("tool", str, OpenApiParameter.PATH)],
        responses=ToolDetailSerializer,
    )
    def tool(self, request: Request, name: str, tool: str) -> Response:
        """With its whole definition; what is held back is for those who edit or review."""
        server = self.get_object()
        inside = self.is_behind_the_scenes(server)
        tools = server.tools.open_to(self.principal).with_drifted().select_related("server")
        shown = tools.filter(removed_at__isnull=True) if inside else tools.current()
        found = get_object_or_404(shown, name=tool)
        context = {"behind_the_scenes": inside}
        return Response(ToolDetailSerializer(found, context=context).data)

    @extend_schema(
        summary="The prompts of a server",
        operation_id="server_prompts_list",
        responses=PromptSerializer(many=True),
    )
    def prompts(self, request: Request, name: str) -> Response:
        """What the server offers now, by name."""
        return self._page(self.get_object().prompts.all(), PromptSerializer)

    @extend_schema(
        summary="The resources of a server",
        operation_id="server_resources_list",
        responses=ResourceSerializer(many=True),
    )
    def resources(self, request: Request, name: str) -> Response:
        """What the server offers now, templates too, by address."""
        return self._page(self.get_object().resources.all(), ResourceSerializer)

    def _page(self, rows: Any, shape: type[serializers.BaseSerializer[Any]]) -> Response:
        shown: QuerySet[Any] = rows.current().visible_to(self.principal).with_drifted()
        return self.paged(shown.order_by("name"), shape)
