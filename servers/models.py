"""The catalogue: servers, their immutable versions and the tools they were seen to offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Value
from django.db.models.functions import Concat, Left, Lower, StrIndex
from django.urls import reverse

from accounts.models import Team
from servers.access import Visibility
from servers.querysets import ServerQuerySet, TagQuerySet, ToolQuerySet

if TYPE_CHECKING:
    from servers.documents import DocumentFacts


class Transport(models.TextChoices):
    """How a client reaches a server (MCP specification, transports)."""

    STREAMABLE_HTTP = "streamable-http", "Streamable HTTP"
    SSE = "sse", "HTTP+SSE"
    STDIO = "stdio", "stdio (local)"
    NONE = "", "not stated"


class HealthState(models.TextChoices):
    """What the last probes say of a server; the reason in words stands beside it."""

    UNKNOWN = "unknown", "unknown"
    HEALTHY = "healthy", "healthy"
    DEGRADED = "degraded", "degraded"
    AUTH_REQUIRED = "auth_required", "authorization required"
    NOT_MCP = "not_mcp", "not an MCP server"
    WRONG_TRANSPORT = "wrong_transport", "wrong transport"
    UNREACHABLE = "unreachable", "unreachable"
    FLAPPING = "flapping", "flapping"
    LOCAL = "local", "local"
    DISABLED = "disabled", "disabled"


class Tag(models.Model):
    """A word by which people group servers, in lower case."""

    name = models.CharField(max_length=50, unique=True)

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Server(models.Model):
    """One MCP server under one name.

    Its columns repeat what lists filter on; the truth about the server is the document of its
    latest version, the truth about its health is kept by ``healthchecks``, which writes the
    summary here through ``servers.services.record_health_summary``.
    """

    name = models.CharField(max_length=200, unique=True, help_text="namespace/name, reverse-DNS.")
    title = models.CharField(max_length=100, blank=True)
    description = models.TextField(blank=True)
    category = models.CharField(max_length=100, blank=True, db_index=True)
    tags = models.ManyToManyField(Tag, related_name="servers", blank=True)
    website_url = models.URLField(max_length=2000, blank=True)
    repository_url = models.URLField(max_length=2000, blank=True)
    transport = models.CharField(max_length=20, choices=Transport, blank=True, editable=False)
    endpoint_url = models.CharField(max_length=2000, blank=True, editable=False)

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="servers")
    visibility = models.CharField(
        max_length=10,
        choices=Visibility,
        default=Visibility.TEAM,
        help_text="Who sees it: everybody, its team, or who registered it; grants add to that.",
    )
    # What patterns of grants and scopes are compared with: "com.example/clock", "com.example/*".
    name_key = models.GeneratedField(
        expression=Lower("name"), output_field=models.CharField(max_length=200), db_persist=True
    )
    namespace_key = models.GeneratedField(
        expression=Lower(Concat(Left("name", StrIndex("name", Value("/"))), Value("*"))),
        output_field=models.CharField(max_length=201),
        db_persist=True,
    )

    enabled = models.BooleanField(
        default=True, help_text="A disabled server is there only for those who may edit it."
    )
    monitored = models.BooleanField(default=True, help_text="Whether probes connect to it.")
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, editable=False
    )
    # Grows with every change of what is found by search, in the transaction of that change.
    revision = models.PositiveBigIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    health_state = models.CharField(
        max_length=20, choices=HealthState, default=HealthState.UNKNOWN, editable=False
    )
    health_reason = models.CharField(max_length=500, blank=True, editable=False)
    health_since = models.DateTimeField(null=True, editable=False)
    health_checked_at = models.DateTimeField(null=True, editable=False)
    health_latency_ms = models.FloatField(null=True, editable=False)

    objects = ServerQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            # Names that differ only in case would look alike to every person who reads them.
            models.UniqueConstraint(fields=["name_key"], name="server_name_unique_ignoring_case"),
        ]
        indexes = [
            models.Index(fields=["health_state", "enabled"], name="server_health_enabled"),
            models.Index(fields=["namespace_key"], name="server_namespace"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def display_title(self) -> str:
        """The title, or the last part of the name where there is none."""
        return self.title or self.name.rpartition("/")[2]

    def get_absolute_url(self) -> str:
        return reverse("server", args=[self.name])

    def take_facts(self, facts: DocumentFacts) -> None:
        """Repeat what a document says in the columns; the caller saves."""
        self.title = facts.title
        self.description = facts.description
        self.website_url = facts.website_url
        self.repository_url = facts.repository_url
        self.transport = facts.transport
        self.endpoint_url = facts.endpoint_url

    @property
    def latest_version(self) -> ServerVersion:
        """The version marked as latest, of which every server has one.

        No query after ``with_latest_version``; the answer is then as old as that query.
        """
        fetched: list[ServerVersion] = getattr(self, "fetched_latest", [])
        return fetched[0] if fetched else self.versions.get(is_latest=True)


class ServerVersion(models.Model):
    """A published ``server.json`` document. It never changes; a change is a new version."""

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="versions")
    version = models.CharField(max_length=255)
    document = models.JSONField(help_text="The server.json document, as published or repaired.")
    fingerprint = models.CharField(max_length=64, editable=False)
    repairs = models.JSONField(default=list, blank=True, help_text="What the import repaired.")
    is_latest = models.BooleanField(default=False)
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["-published_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["server", "version"], name="version_unique_in_server"),
            models.UniqueConstraint(
                fields=["server"],
                condition=models.Q(is_latest=True),
                name="one_latest_version_a_server",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.server.name} {self.version}"


class Tool(models.Model):
    """A tool a server was seen to offer. One that vanished keeps its row, with ``removed_at``."""

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="tools")
    name = models.CharField(max_length=255)
    title = models.CharField(max_length=255, blank=True)
    description = models.TextField(blank=True)
    definition = models.JSONField(help_text="The whole tool as tools/list gave it.")
    fingerprint = models.CharField(max_length=64, help_text="sha256 of the canonical definition.")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ToolQuerySet.as_manager()

    class Meta:
        ordering = ["server", "name"]
        constraints = [
            models.UniqueConstraint(fields=["server", "name"], name="tool_name_unique_in_server"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.server.name}"

    @property
    def input_schema(self) -> dict[str, Any]:
        """The JSON schema of the tool's arguments; empty when the server gave none."""
        return self._object("inputSchema")

    @property
    def annotations(self) -> dict[str, Any]:
        """The tool's own hints about what it does; empty when the server gave none."""
        return self._object("annotations")

    def _object(self, key: str) -> dict[str, Any]:
        """An object of the definition, which a foreign server wrote."""
        value = self.definition.get(key)
        return value if isinstance(value, dict) else {}

    @property
    def argument_rows(self) -> list[dict[str, Any]]:
        """The tool's arguments for people: name, type in words, description, required."""
        schema = self.input_schema
        properties = schema.get("properties")
        if not isinstance(properties, dict):
            return []
        required = schema.get("required") or []
        return [
            {
                "name": name,
                "type": _type_in_words(argument),
                "description": argument.get("description", "")
                if isinstance(argument, dict)
                else "",
                "required": name in required,
            }
            for name, argument in properties.items()
        ]


def _type_in_words(argument: Any) -> str:
    """The JSON schema type of an argument as people say it; empty where the schema is silent."""
    stated = argument.get("type") if isinstance(argument, dict) else None
    if isinstance(stated, list):
        return " or ".join(str(one) for one in stated)
    return stated if isinstance(stated, str) else ""
