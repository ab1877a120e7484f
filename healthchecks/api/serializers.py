"""The shape of health in the REST API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from healthchecks.models import Observation, ServerHealth


class ObservationSerializer(serializers.ModelSerializer[Observation]):
    """What one probe saw."""

    tools_count = serializers.SerializerMethodField(
        help_text="Empty when the tools could not be listed, or are not all yours to see."
    )

    class Meta:
        model = Observation
        fields = [
            "at",
            "state",
            "reason",
            "latency_ms",
            "http_status",
            "transport",
            "protocol_version",
            "tools_count",
        ]
        read_only_fields = fields

    def get_tools_count(self, observation: Observation) -> int | None:
        """Of a server of which the caller sees some tools, nobody says how many it has."""
        return observation.tool_count if self.context.get("whole", True) else None


class ServerHealthSerializer(serializers.ModelSerializer[ServerHealth]):
    """The health of a server and what its last probes saw, the newest first."""

    MOST_OBSERVATIONS = 20

    name = serializers.CharField(source="server.name")
    latency_ms = serializers.FloatField(source="last_latency_ms", allow_null=True)
    observations = serializers.SerializerMethodField()

    class Meta:
        model = ServerHealth
        fields = [
            "name",
            "state",
            "reason",
            "since",
            "checked_at",
            "last_seen_at",
            "next_check_at",
            "latency_ms",
            "consecutive_failures",
            "observations",
        ]
        read_only_fields = fields

    @extend_schema_field(ObservationSerializer(many=True))
    def get_observations(self, health: ServerHealth) -> Any:
        newest = Observation.objects.filter(server=health.server)[: self.MOST_OBSERVATIONS]
        return ObservationSerializer(newest, many=True, context=self.context).data
