"""What the tools answer, as models: their JSON schemas promise it, their words sum it up.

An agent is shown one of the two, by a program that decides which; so each has to do by itself.
"""

import json
from abc import ABC, abstractmethod
from typing import Annotated, Any

from pydantic import BaseModel, Field

CUT = "Descriptions are cut; get_tool and get_server tell more."
LeftOut = Annotated[
    list[str], Field(description="What is not told here, and how to get it. Empty: all is told.")
]


class Answer(BaseModel, ABC):
    """What a tool found out."""

    left_out: LeftOut = []

    def structured(self) -> dict[str, Any]:
        """As JSON, without what says nothing."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def in_words(self) -> str:
        """The same for who reads no JSON."""
        return "\n".join([*self.lines(), *self.left_out])

    @abstractmethod
    def lines(self) -> list[str]:
        """What was found, a line each."""


class FoundTool(BaseModel):
    name: str
    server: str
    title: str = ""
    description: str
    score: Annotated[float, Field(description="0 to 1: how well it fits.")]
    health: Annotated[str, Field(description="The state of its server.")]
    input_schema: dict[str, Any] = {}

    def line(self) -> str:
        schema = f" Input schema: {compact(self.input_schema)}" if self.input_schema else ""
        return (
            f"- {self.name} of {self.server} ({self.health}, {self.score:.2f}): "
            f"{self.description}{schema}"
        )


class FoundServer(BaseModel):
    name: str
    title: str = ""
    description: str
    score: Annotated[float, Field(description="0 to 1: how well it fits.")]
    health: str

    def line(self) -> str:
        return f"- {self.name} ({self.health}, {self.score:.2f}): {self.description}"


class Found(Answer):
    """What a search found, the best first."""

    degraded: Annotated[
        bool, Field(description="True: words were compared, not meaning; say it in other words.")
    ]
    note: Annotated[str, Field(description="Why it is degraded, or what was probably meant.")] = ""

    def summary(self, found: int, what: str) -> list[str]:
        counted = f"Found {found} {what}{'s' * (found != 1)}, the best first:"
        return [counted if found else f"No {what} fits.", *([self.note] if self.note else [])]


class FoundTools(Found):
    tools: list[FoundTool]

    def lines(self) -> list[str]:
        return [*self.summary(len(self.tools), "tool"), *(tool.line() for tool in self.tools)]


class FoundServers(Found):
    servers: list[FoundServer]

    def lines(self) -> list[str]:
        rows = [server.line() for server in self.servers]
        return [*self.summary(len(self.servers), "server"), *rows]


class OfferedTool(BaseModel):
    name: str
    description: str = ""

    def line(self) -> str:
        return f"- {self.name}: {self.description}"


class Package(BaseModel):
    type: str
    identifier: str
    version: str = ""


class ServerAnswer(Answer):
    name: str
    title: str
    description: str
    version: str
    health: Annotated[str, Field(description="Its state, since when, and why, in words.")]
    transport: Annotated[str, Field(description="How it is reached.")]
    url: Annotated[str, Field(description="Where it is reached; empty: it is run locally.")] = ""
    packages: Annotated[list[Package], Field(description="What to run locally.")] = []
    category: str = ""
    tags: list[str] = []
    website: str = ""
    repository: str = ""
    tools: list[OfferedTool]

    def lines(self) -> list[str]:
        where = self.url or ", ".join(f"{each.type} {each.identifier}" for each in self.packages)
        return [
            f"{self.name} {self.version}, {self.title}: {self.description}",
            f"Reached by {self.transport}: {where or 'no address known'}.",
            self.health,
            f"{len(self.tools)} tools:" if self.tools else "No tools are known.",
            *(tool.line() for tool in self.tools),
        ]


class ToolAnswer(Answer):
    name: str
    server: str
    title: str = ""
    description: str
    input_schema: Annotated[dict[str, Any], Field(description="What the tool has to be given.")]
    annotations: Annotated[
        dict[str, Any], Field(description="Hints of the tool about itself; not to be relied on.")
    ] = {}
    transport: str
    url: Annotated[
        str, Field(description="Where to call it; empty: it is run locally, as get_server tells.")
    ] = ""
    health: Annotated[str, Field(description="The server's state in words.")]

    def lines(self) -> list[str]:
        return [
            f"{self.name} of {self.server}: {self.description}",
            f"Call it by {self.transport} at {self.url or 'what get_server tells'}.",
            self.health,
            f"Input schema: {compact(self.input_schema)}",
        ]


class Counted(BaseModel):
    name: str
    servers: int


class Categories(Answer):
    categories: list[Counted]
    tags: Annotated[list[Counted], Field(description="The most frequent ones.")]

    def lines(self) -> list[str]:
        return [
            f"Categories: {_listed(self.categories)}.",
            f"Tags: {_listed(self.tags)}.",
        ]


def _listed(rows: list[Counted]) -> str:
    return ", ".join(f"{row.name} ({row.servers})" for row in rows) or "none"


class HealthAnswer(Answer):
    server: str
    state: str
    summary: Annotated[str, Field(description="The state in words.")]
    reason: str = ""
    since: Annotated[str, Field(description="ISO 8601; when the state began.")] = ""
    checked_at: Annotated[str, Field(description="ISO 8601; when it was last looked at.")] = ""
    latency_ms: Annotated[float, Field(description="Of the last answer; -1: none.")] = -1

    def lines(self) -> list[str]:
        return [self.summary]


def compact(value: Any) -> str:
    """``value`` as JSON in as few characters as there are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def length(row: BaseModel) -> int:
    """How many characters an agent reads of ``row``."""
    return len(compact(row.model_dump(mode="json", exclude_defaults=True)))
