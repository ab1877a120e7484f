"""The shape of the catalogue in the REST API.

Documents are not described field by field here: ``servers.documents`` says what is wrong with
one, and these serializers hold what the registry keeps beside it.
"""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.fields import TeamField
from accounts.models import User
from accounts.services import Principal
from servers.access import Visibility
from servers.api.fields import (
    AliasesField,
    LabelsField,
    OwnerField,
    PageUrlField,
    SuccessorField,
    TagsField,
)
from servers.models import Alias, HealthState, ReviewState, Server, ServerVersion, Status, Tag, Tool
from servers.services import LONGEST_CATEGORY, ServerChanges


class RegistryFieldsSerializer(serializers.Serializer[Any]):
    """What the registry keeps beside the document; may stand in the same body."""

    tags = TagsField(required=False)
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
    contact = serializers.CharField(
        max_length=200, allow_blank=True, required=False, help_text="Whom to ask, in words."
    )
    runbook_url = PageUrlField(allow_blank=True, required=False, help_text="What to do about it.")
    labels = LabelsField(required=False, help_text="An object of short texts, as a whole.")
    aliases = AliasesField(
        required=False, help_text="Other words for it, such as k8s; all of them."
    )
    successor = SuccessorField(
        required=False, allow_null=True, help_text="The name of what to use instead of it."
    )
    pinned = serializers.BooleanField(
        required=False, help_text="Whether its source leaves it as it is from now on."
    )
    draft = serializers.BooleanField(
        required=False, help_text="Whether the document stays a draft, for nobody's review yet."
    )


class ChangeableFieldsSerializer(RegistryFieldsSerializer):
    """What the registry keeps beside the document of a server that is registered."""

    owner = OwnerField(
        source="registered_by", required=False, allow_null=True, help_text="Whose server it is."
    )
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
        self.draft: bool | None = beside.validated_data.pop("draft", None)
        self.registry_fields: ServerChanges = beside.validated_data
        self.document = {name: value for name, value in body.items() if name not in beside.fields}


class PersonField(serializers.SlugRelatedField[User]):
    """Who did something, for those behind the scenes; null for others."""

    def __init__(self, **options: Any) -> None:
        super().__init__(slug_field="username", read_only=True, allow_null=True, **options)

    def to_representation(self, obj: Any) -> Any:
        return super().to_representation(obj) if self.context["behind_the_scenes"] else None


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
    review_state = serializers.ChoiceField(
        source="latest_version.review_state", choices=ReviewState.choices
    )
    status = serializers.ChoiceField(source="latest_version.status", choices=Status.choices)
    status_message = serializers.CharField(source="latest_version.status_message")
    team = serializers.CharField(source="team.slug")
    tags = serializers.SlugRelatedField[Tag](slug_field="name", many=True, read_only=True)
    tool_count = serializers.IntegerField()
    health = HealthSerializer(source="*")
    labels = serializers.DictField(child=serializers.CharField())
    aliases = serializers.SlugRelatedField[Alias](slug_field="word", many=True, read_only=True)
    successor = serializers.CharField(
        source="successor_name", allow_null=True, help_text="Null also where you do not see it."
    )
    owner = serializers.CharField(
        source="owner_name", allow_null=True, help_text="A username, for those who are signed in."
    )
    stars = serializers.IntegerField(source="star_count", help_text="How many people marked it.")
    starred = serializers.BooleanField(source="is_starred", help_text="Whether you did.")

    class Meta:
        model = Server
        fields = [
            "name",
            "title",
            "description",
            "version",
            "review_state",
            "status",
            "status_message",
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
            "owner",
            "contact",
            "runbook_url",
            "labels",
            "aliases",
            "successor",
            "pinned",
            "stars",
            "starred",
            "edition",
            "created_at",
            "updated_at",
            "deleted_at",
        ]
        read_only_fields = fields


class ProposedVersionSerializer(serializers.ModelSerializer[ServerVersion]):
    """A version that is not approved."""

    class Meta:
        model = ServerVersion
        fields = ["version", "review_state"]
        read_only_fields = fields


class ServerDetailSerializer(ServerSerializer):
    """A server with the document of its latest version.

    Its context says who is ``behind_the_scenes``: such see what is not approved yet.
    """

    document = serializers.DictField(source="latest_version.document")
    proposed_versions = serializers.SerializerMethodField(
        help_text="What is not approved; for those who may edit or review the server."
    )

    class Meta(ServerSerializer.Meta):
        fields = [*ServerSerializer.Meta.fields, "document", "proposed_versions"]
        read_only_fields = fields

    @extend_schema_field(ProposedVersionSerializer(many=True))
    def get_proposed_versions(self, server: Server) -> Any:
        if not self.context["behind_the_scenes"]:
            return []
        proposed = server.versions.exclude(review_state=ReviewState.APPROVED)
        return ProposedVersionSerializer(proposed.defer("document"), many=True).data


class ToolSerializer(serializers.ModelSerializer[Tool]):
    """A tool that a server offers now."""

    input_schema = serializers.SerializerMethodField()
    annotations = serializers.SerializerMethodField()
    drifted = serializers.BooleanField(
        help_text="Whether it changed and nobody has decided on that, or the change is held back."
    )

    class Meta:
        model = Tool
        fields = [
            "name",
            "title",
            "description",
            "input_schema",
            "annotations",
            "drifted",
            "version",
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
    """A document of a server; ``repairs`` says what an import changed in it.

    Its context says who is ``behind_the_scenes``: others are not told who did what.
    """

    document = serializers.DictField()
    repairs = serializers.ListField(child=serializers.CharField())
    submitted_by = PersonField()
    reviewed_by = PersonField()

    class Meta:
        model = ServerVersion
        fields = [
            "version",
            "is_latest",
            "review_state",
            "review_reason",
            "submitted_by",
            "reviewed_by",
            "reviewed_at",
            "status",
            "status_message",
            "status_changed_at",
            "published_at",
            "updated_at",
            "document",
            "repairs",
        ]
        read_only_fields = fields


class TagSerializer(serializers.ModelSerializer[Tag]):
    """A tag and the number of servers that carry it and the caller may see."""

    server_count = serializers.IntegerField()

    class Meta:
        model = Tag
        fields = ["name", "server_count"]
        read_only_fields = fields
