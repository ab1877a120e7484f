"""What an import passes on from reading to writing, and what it has to tell."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from servers.services import ListedTool


@dataclass(frozen=True, kw_only=True)
class ImportEntry:
    """One valid document with what came beside it."""

    document: dict[str, Any]
    repairs: list[str]
    published_at: datetime | None = None
    tags: Sequence[str] = ()
    category: str = ""
    tools: Sequence[ListedTool] = ()

    @property
    def label(self) -> str:
        return f"{self.document['name']} {self.document['version']}"


@dataclass(frozen=True)
class Remark:
    """Something to be told of one entry."""

    label: str
    text: str


@dataclass(kw_only=True)
class ImportReport:
    """What an import found and did; ``read`` counts documents."""

    read: int = 0
    servers_created: int = 0
    servers_updated: int = 0
    versions_created: int = 0
    unchanged: int = 0
    repaired: list[Remark] = field(default_factory=list)
    conflicts: list[Remark] = field(default_factory=list)
    refused: list[Remark] = field(default_factory=list)
