"""What an import passes on from reading to writing, and what it has to tell."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from servers.models import Status
from servers.services import ListedTool


@dataclass(frozen=True, kw_only=True)
class ImportEntry:
    """One valid document with what came beside it."""

    document: dict[str, Any]
    repairs: list[str]
    status: Status = Status.ACTIVE
    status_message: str = ""
    status_changed_at: datetime | None = None
    published_at: datetime | None = None
    tags: Sequence[str] = ()
    category: str = ""
    tools: Sequence[ListedTool] = ()

    @property
    def label(self) -> str:
        return f"{self.document['name']} {self.document['version']}"


@dataclass(frozen=True)
class Remark:
    """Something to be told of one entry or server."""

    label: str
    text: str


class ChangeKind(StrEnum):
    """What an import does to a server."""

    CREATE = "create"
    UPDATE = "update"
    STATUS = "status"
    DELETE = "delete"


@dataclass(frozen=True)
class Change:
    """What is done, or would be, to the server of this name."""

    kind: ChangeKind
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: {self.text}"


@dataclass(kw_only=True)
class ImportReport:
    """What an import found and did, or would do; ``read`` counts documents."""

    read: int = 0
    servers_created: int = 0
    servers_updated: int = 0
    servers_deleted: int = 0
    versions_created: int = 0
    statuses_changed: int = 0
    unchanged: int = 0
    changes: list[Change] = field(default_factory=list)
    repaired: list[Remark] = field(default_factory=list)
    alike: list[Remark] = field(default_factory=list)
    conflicts: list[Remark] = field(default_factory=list)
    skipped: list[Remark] = field(default_factory=list)
    refused: list[Remark] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Every number of the report; repairs are counted by document."""
        return {
            "read": self.read,
            "servers_created": self.servers_created,
            "servers_updated": self.servers_updated,
            "servers_deleted": self.servers_deleted,
            "versions_created": self.versions_created,
            "statuses_changed": self.statuses_changed,
            "unchanged": self.unchanged,
            "repaired": len({remark.label for remark in self.repaired}),
            "alike": len(self.alike),
            "conflicts": len(self.conflicts),
            "skipped": len(self.skipped),
            "refused": len(self.refused),
        }

    def remarks(self) -> dict[str, list[Remark]]:
        """All remarks by what they are about, the gravest first."""
        return {
            "refused": self.refused,
            "conflict": self.conflicts,
            "skipped": self.skipped,
            "alike": self.alike,
            "repaired": self.repaired,
        }
