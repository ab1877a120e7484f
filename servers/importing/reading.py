"""Reads, repairs and checks whole files of servers; writes nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from registry_site.lib.progress import Progress
from servers.importing.contents import UnreadableContent, values_of
from servers.importing.entries import Unusable, entry_of, stated_field
from servers.importing.report import ImportEntry, ImportReport, Remark
from servers.models import Status


class UnreadableFile(Exception):
    """A file that cannot be imported at all; says which and why."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")


def read_entries(
    paths: Sequence[Path], *, report: ImportReport, progress: Progress
) -> list[ImportEntry]:
    """Every valid entry of the files; repairs and refusals go to ``report``.

    Raises ``UnreadableFile`` for the first file that holds nothing of a known shape.
    """
    found = [(path, index, value) for path in paths for index, value in enumerate(_load(path), 1)]
    progress.total(len(found))
    entries = []
    for path, index, value in found:
        entry = read_entry(value, where=f"{path.name}, entry {index}", report=report)
        if entry is not None and _is_alive(entry, report):
            entries.append(entry)
        progress.advance()
    return entries


def read_entry(value: Any, *, where: str, report: ImportReport) -> ImportEntry | None:
    """The entry in ``value``; ``None`` for one that cannot be used, ``report`` says why."""
    report.read += 1
    try:
        entry = entry_of(value)
    except Unusable as error:
        name = stated_field(value, "name")
        report.refused.append(Remark(f"{where} ({name})" if name else where, str(error)))
        return None
    report.repaired += [Remark(entry.label, repair) for repair in entry.repairs]
    return entry


def _is_alive(entry: ImportEntry, report: ImportReport) -> bool:
    """Whether there is anything to import: what is deleted elsewhere is not brought back."""
    if entry.status != Status.DELETED:
        return True
    report.refused.append(Remark(entry.label, "deleted in the registry it comes from."))
    return False


def _load(path: Path) -> list[Any]:
    """The values in one file."""
    try:
        return values_of(path.read_bytes())
    except OSError as error:
        raise UnreadableFile(path, error.strerror or "cannot be read") from error
    except UnreadableContent as error:
        raise UnreadableFile(path, str(error)) from error
