"""The shape of the catalogue in the REST API.

Documents are not described field by field here: ``servers.documents`` says what is wrong with
one, and these serializers hold what the registry keeps beside it.
"""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.fields import TeamField
from accounts.services import Principal
from servers.access import Visibility
from servers.models import HealthState, Server, ServerVersion, Tag, Tool
from servers.services import LONGEST_CATEGORY, LONGEST_TAG, ServerChanges

MOST_TAGS = 50


class RegistryFieldsSerializer(serializers.Serializer[Any]):
    """What the registry keeps beside the document; may stand in the same body."""

    tags = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_TAG), max_length=MOST_TAGS, required=False
    )
    category = serializers.CharField(max_length=LONGEST_CATEGORY, allow_blank=True, required=False)
    monitored = serializers.BooleanField(
        required=False, help_text="Whether health checks connect to it."
    )
    team = TeamField(required=False, help_text="One of your teams; the default team if left out.")
    visibility = serializers.ChoiceField(
        Visibility.choices,
        required=False,
        help_text="Who sees it: everybody, its team (the default), or who registers it.",
    )


class ChangeableFieldsSerializer(RegistryFieldsSerializer):
    """What the registry keeps beside the document of a server that is registered."""

    enabled = serializers.BooleanField(
        required=False, help_text="A disabled server is there only for those who may edit it."
    )


class Submission:
    """A body taken apart: the document, and what the registry keeps beside it."""

    def __init__(
        self, body: Any, shape: type[RegistryFieldsSerializer], principal: Principal
    ) -> None:
        """Raises DRF's ``ValidationError`` where the registry's fields are wrong."""
        if not isinstance(body, dict):
            raise serializers.ValidationError("The body must be a JSON object.")
        given = {name: body[name] for name in shape().fields if name in body}
        beside = shape(data=given, context={"principal": principal})
        beside.is_valid(raise_exception=True)
        self.registry_fields: ServerChanges = beside.validated_data
        self.document = {name: value for name, value in body.items() if name not in beside.fields}


class HealthSerializer(serializers.Serializer[Server]):
    """What the last checks said of a server."""

    state = serializers.ChoiceField(source="health_state", choices=HealthState.choices)
    display = serializers.CharField(source="get_health_state_display", help_text="In words.")
    reason = serializers.CharField(source="health_reason")
    since = serializers.DateTimeField(source="health_since", allow_null=True)
    checked_at = serializers.DateTimeField(source="health_checked_at", allow_null=True)
    latency_ms = serializers.FloatField(source="health_latency_ms", allow_null=True)


class ServerSerializer(serializers.ModelSerializer[Server]):
    """A server as lists show it."""

    version = serializers.CharField(source="latest_version.version")
    team = serializers.CharField(source="team.slug")
    tags = serializers.SlugRelatedField[Tag](slug_field="name", many=True, read_only=True)
    tool_count = serializers.IntegerField()
    health = HealthSerializer(source="*")

    class Meta:
        model = Server
        fields = [
            "name",
            "title",
            "description",
            "version",
            "team",
            "visibility",
            "category",
            "tags",
            "transport",
            "endpoint_url",
            "website_url",
            "repository_url",
            "tool_count",
            "enabled",
            "monitored",
            "health",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class ServerDetailSerializer(ServerSerializer):
    """A server with the document of its latest version."""

    document = serializers.DictField(source="latest_version.document")

    class Meta(ServerSerializer.Meta):
        fields = [*ServerSerializer.Meta.fields, "document"]
        read_only_fields = fields


class ToolSerializer(serializers.ModelSerializer[Tool]):
    """A tool that a server offers now."""

    input_schema = serializers.SerializerMethodField()
    annotations = serializers.SerializerMethodField()

    class Meta:
        model = Tool
        fields = [
            "name",
            "title",
            "description",
            "input_schema",
            "annotations",
            "first_seen_at",
            "last_seen_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.DictField())
    def get_input_schema(self, tool: Tool) -> dict[str, Any]:
        return tool.input_schema

    @extend_schema_field(serializers.DictField())
    def get_annotations(self, tool: Tool) -> dict[str, Any]:
        return tool.annotations


class ServerVersionSerializer(serializers.ModelSerializer[ServerVersion]):
    """A published document; ``repairs`` says what an import changed in it."""

    document = serializers.DictField()
    repairs = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = ServerVersion
        fields = ["version", "is_latest", "published_at", "document", "repairs"]
        read_only_fields = fields


class TagSerializer(serializers.ModelSerializer[Tag]):
    """A tag and the number of servers that carry it and the caller may see."""

    server_count = serializers.IntegerField()

    class Meta:
        model = Tag
        fields = ["name", "server_count"]
        read_only_fields = fields
