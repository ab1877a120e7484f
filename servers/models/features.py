"""What servers were seen to offer: tools, prompts and resources, and how that changed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, Value, When
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.lookups import Exact

from registry_site.lib.json_diff import Change, Difference, diff
from servers.models.catalogue import Server
from servers.querysets import FeatureChangeQuerySet, FeatureQuerySet, ToolQuerySet


class FeatureKind(models.TextChoices):
    """What a server offers (MCP specification, server features)."""

    TOOL = "tool", "tool"
    PROMPT = "prompt", "prompt"
    RESOURCE = "resource", "resource"


class Feature(models.Model):
    """Something a server was seen to offer. What vanished keeps its row, with ``removed_at``.

    ``definition`` is what the registry stands for; where the policy holds changes back and the
    server says something else by now, that is in ``observed``.
    """

    name = models.CharField(max_length=255)
    title = models.CharField(max_length=255, blank=True)
    description = models.TextField(blank=True)
    definition = models.JSONField(help_text="The whole object as the server listed it.")
    fingerprint = models.CharField(max_length=64, help_text="sha256 of the canonical definition.")
    version = models.CharField(
        max_length=255, blank=True, help_text="The server's version when it was last seen."
    )
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    held = models.BooleanField(
        default=False,
        help_text="New since the approval, and shown to nobody before it is accepted.",
    )
    observed = models.JSONField(
        null=True, blank=True, help_text="What the server lists instead, held back by the policy."
    )
    observed_fingerprint = models.CharField(max_length=64, blank=True)

    kind: ClassVar[FeatureKind]

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Effect(models.TextChoices):
    """What a tool says of what it does (MCP specification, tool annotations, their defaults)."""

    READ_ONLY = "read_only", "reads only"
    ADDITIVE = "additive", "adds only"
    DESTRUCTIVE = "destructive", "may destroy"


def _annotation(hint: str, text: str) -> Any:
    """The condition that the annotations of a tool say ``text``, as a boolean or in words."""
    return Exact(KeyTextTransform(hint, KeyTransform("annotations", "definition")), Value(text))


class Tool(Feature):
    """A tool of a server."""

    kind = FeatureKind.TOOL

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="tools")
    effect = models.GeneratedField(
        expression=Case(
            When(_annotation("readOnlyHint", "true"), then=Value(Effect.READ_ONLY)),
            When(_annotation("destructiveHint", "false"), then=Value(Effect.ADDITIVE)),
            default=Value(Effect.DESTRUCTIVE),
        ),
        output_field=models.CharField(max_length=11),
        db_persist=True,
    )

    objects = ToolQuerySet.as_manager()

    class Meta:
        ordering = ["server", "name"]
        constraints = [
            models.UniqueConstraint(fields=["server", "name"], name="tool_name_unique_in_server"),
        ]
        indexes = [
            models.Index(fields=["name"], name="tool_name"),
            models.Index(fields=["effect"], name="tool_effect"),
            models.Index(
                fields=["server"],
                condition=models.Q(removed_at__isnull=False) | models.Q(held=True),
                name="tool_not_current",
            ),
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


class Prompt(Feature):
    """A prompt of a server."""

    kind = FeatureKind.PROMPT

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="prompts")

    objects = FeatureQuerySet.as_manager()

    class Meta:
        ordering = ["server", "name"]
        constraints = [
            models.UniqueConstraint(fields=["server", "name"], name="prompt_name_unique_in_server"),
        ]


class Resource(Feature):
    """A resource of a server, or a template of resources: ``name`` is its URI."""

    kind = FeatureKind.RESOURCE

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="resources")
    name = models.CharField(max_length=1000, help_text="The URI, or the URI template.")

    objects = FeatureQuerySet.as_manager()

    class Meta:
        ordering = ["server", "name"]
        constraints = [
            models.UniqueConstraint(fields=["server", "name"], name="resource_unique_in_server"),
        ]


# Not typed closer: what they share, their manager included, is that of ``Feature``.
MODELS: dict[FeatureKind, type[Any]] = {model.kind: model for model in (Tool, Prompt, Resource)}


class FeatureChange(models.Model):
    """A change of what a server offers since its first listing, and what was decided about it."""

    class Change(models.TextChoices):
        ADDED = "added", "added"
        CHANGED = "changed", "changed"
        REMOVED = "removed", "removed"

    class State(models.TextChoices):
        HELD = "held", "held back"
        OPEN = "open", "open, to be looked at"
        ACCEPTED = "accepted", "accepted"
        REJECTED = "rejected", "rejected"
        SUPERSEDED = "superseded", "overtaken by a later listing"

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="feature_changes")
    kind = models.CharField(max_length=10, choices=FeatureKind)
    name = models.CharField(max_length=1000)
    change = models.CharField(max_length=10, choices=Change)
    before = models.JSONField(null=True, help_text="The definition until then.")
    after = models.JSONField(null=True, help_text="The definition since then.")
    version = models.CharField(max_length=255, blank=True, help_text="The server's version then.")
    state = models.CharField(max_length=10, choices=State)
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    reason = models.CharField(max_length=500, blank=True)

    objects = FeatureChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-found_at", "-id"]
        indexes = [
            models.Index(fields=["server", "kind", "name"], name="feature_change_of"),
            models.Index(fields=["state"], name="feature_change_state"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.change}"

    @property
    def differences(self) -> list[Difference]:
        """The change field by field; as a whole, where one side is missing."""
        if self.before is not None and self.after is not None:
            return diff(self.before, self.after)
        change = Change.ADDED if self.before is None else Change.REMOVED
        return [Difference(path="", change=change, before=self.before, after=self.after)]


class Finding(models.Model):
    """Something in a text of a server that the description scan warns of."""

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="findings")
    kind = models.CharField(
        max_length=10, choices=[("document", "server.json"), *FeatureKind.choices]
    )
    name = models.CharField(max_length=1000, blank=True, help_text="The feature's name.")
    path = models.CharField(max_length=1000, help_text="Where in the definition.")
    rule = models.CharField(max_length=50)
    start = models.PositiveIntegerField(help_text="First character of the span.")
    end = models.PositiveIntegerField(help_text="The character after the span.")
    excerpt = models.CharField(max_length=300, help_text="The span, hidden characters spelled out.")
    message = models.CharField(max_length=500)
    found_at = models.DateTimeField()

    class Meta:
        ordering = ["server", "kind", "name", "path", "start"]

    def __str__(self) -> str:
        return f"{self.rule} in {self.kind} {self.name}".rstrip()


def _type_in_words(argument: Any) -> str:
    """The JSON schema type of an argument as people say it; empty where the schema is silent."""
    stated = argument.get("type") if isinstance(argument, dict) else None
    if isinstance(stated, list):
        return " or ".join(str(one) for one in stated)
    return stated if isinstance(stated, str) else ""
