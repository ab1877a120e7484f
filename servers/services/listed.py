"""What a server lists, as it came: whole definitions by their MCP names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self, TypeVar

from registry_site.lib.canonical_json import fingerprint
from servers.models import FeatureKind

# Characters of a name and a title (the specification asks for 128 at most), and of a URI.
LONGEST_TOOL_TEXT = 255
LONGEST_URI = 1000

Definitions = Iterable[dict[str, Any]] | None


@dataclass(frozen=True, kw_only=True)
class ListedFeature:
    """Something a server offers: ``definition`` is the whole object."""

    definition: dict[str, Any]

    @property
    def name(self) -> str:
        """What it is known by."""
        return str(self.definition["name"])

    @property
    def title(self) -> str:
        """What it calls itself, cut to the column: a foreign server wrote it."""
        return str(self.definition.get("title") or self._other_title or "")[:LONGEST_TOOL_TEXT]

    @property
    def description(self) -> str:
        return str(self.definition.get("description") or "")

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint(self.definition)

    @property
    def _other_title(self) -> Any:
        """What stands for a missing title."""
        return ""


class ListedTool(ListedFeature):
    """A tool as ``tools/list`` gave it."""

    @property
    def _other_title(self) -> Any:
        annotations = self.definition.get("annotations")
        return annotations.get("title") if isinstance(annotations, dict) else ""


class ListedPrompt(ListedFeature):
    """A prompt as ``prompts/list`` gave it."""


class ListedResource(ListedFeature):
    """A resource or a template of resources, known by its address."""

    @property
    def name(self) -> str:
        return str(self.definition.get("uri") or self.definition["uriTemplate"])

    @property
    def _other_title(self) -> Any:
        return self.definition.get("name")


SHAPES: dict[FeatureKind, type[ListedFeature]] = {
    FeatureKind.TOOL: ListedTool,
    FeatureKind.PROMPT: ListedPrompt,
    FeatureKind.RESOURCE: ListedResource,
}
_LONGEST_NAME = {
    FeatureKind.TOOL: LONGEST_TOOL_TEXT,
    FeatureKind.PROMPT: LONGEST_TOOL_TEXT,
    FeatureKind.RESOURCE: LONGEST_URI,
}


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What a server listed of each kind; ``None`` where the listing does not tell."""

    tools: Sequence[ListedTool] | None = None
    prompts: Sequence[ListedPrompt] | None = None
    resources: Sequence[ListedResource] | None = None

    @classmethod
    def of(cls, *, tools: Definitions, prompts: Definitions, resources: Definitions) -> Self:
        """From the definitions as the server gave them."""
        return cls(
            tools=_shaped(ListedTool, tools),
            prompts=_shaped(ListedPrompt, prompts),
            resources=_shaped(ListedResource, resources),
        )

    def by_kind(self) -> dict[FeatureKind, dict[str, ListedFeature]]:
        """What is known, by kind and name.

        The first of several of one name counts; a name that fits no column is left out.
        """
        told: dict[FeatureKind, Sequence[ListedFeature] | None] = {
            FeatureKind.TOOL: self.tools,
            FeatureKind.PROMPT: self.prompts,
            FeatureKind.RESOURCE: self.resources,
        }
        return {
            kind: _by_name(entries, _LONGEST_NAME[kind])
            for kind, entries in told.items()
            if entries is not None
        }


Shape = TypeVar("Shape", bound=ListedFeature)


def _shaped(shape: type[Shape], definitions: Definitions) -> list[Shape] | None:
    return None if definitions is None else [shape(definition=each) for each in definitions]


def _by_name(entries: Sequence[ListedFeature], longest_name: int) -> dict[str, ListedFeature]:
    listed: dict[str, ListedFeature] = {}
    for entry in entries:
        if 0 < len(entry.name) <= longest_name:
            listed.setdefault(entry.name, entry)
    return listed
