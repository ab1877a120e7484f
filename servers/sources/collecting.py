"""Reads what a source hands over, entry by entry, and remembers what it has at all."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from accounts.access import patterns_of
from servers.importing import ImportEntry, ImportReport, read_entry, stated_field, updated_at
from servers.models import Source


class Collected:
    """What a source has of the names that its filters take."""

    def __init__(self, source: Source, report: ImportReport) -> None:
        self._include = set(source.include)
        self._exclude = set(source.exclude)
        self._report = report
        self.entries: list[ImportEntry] = []
        # By names in lower case. What is there but cannot be used has not vanished, either.
        self.versions: dict[str, set[str]] = defaultdict(set)
        self.newest: datetime | None = None
        # Whether there was something of which not even the name could be read.
        self.is_riddled = False

    def take(self, values: Iterable[Any], *, where: str) -> None:
        """Read ``values``; unusable ones go to the report by their place in ``where``."""
        for index, value in enumerate(values, 1):
            self._take(value, where=f"{where}, entry {index}")

    def _take(self, value: Any, *, where: str) -> None:
        self._note_time(updated_at(value))
        name, version = stated_field(value, "name"), stated_field(value, "version")
        if name and not self.takes(name):
            return
        entry = read_entry(value, where=where, report=self._report)
        if entry is not None:
            name, version = entry.document["name"], entry.document["version"]
            if not self.takes(name):
                return
            self.entries.append(entry)
        if name and version:
            self.versions[name.lower()].add(version)
        else:
            self.is_riddled = True

    def takes(self, name: str) -> bool:
        """Whether the filters let ``name`` pass."""
        patterns = set(patterns_of(name))
        return not patterns & self._exclude and (
            not self._include or bool(patterns & self._include)
        )

    def _note_time(self, moment: datetime | None) -> None:
        if moment is not None and (self.newest is None or moment > self.newest):
            self.newest = moment
