"""Many servers at once: the official registry's export, documents, tool catalogues, mirrors.

Steps that do not mix. ``read_entries`` reads, repairs and checks everything and writes nothing;
``plan_entries`` says what would be done with it; ``import_entries`` writes in batches, so that an
import that was killed is finished by running it again. Documents that are in the catalogue already
are left alone: running the same import twice changes nothing.
"""

from servers.importing.contents import UnreadableContent, values_of
from servers.importing.entries import stated_field, updated_at
from servers.importing.planning import Newcomers
from servers.importing.reading import UnreadableFile, read_entries, read_entry
from servers.importing.report import Change, ChangeKind, ImportEntry, ImportReport, Remark
from servers.importing.writing import import_entries, plan_entries

__all__ = [
    "Change",
    "ChangeKind",
    "ImportEntry",
    "ImportReport",
    "Newcomers",
    "Remark",
    "UnreadableContent",
    "UnreadableFile",
    "import_entries",
    "plan_entries",
    "read_entries",
    "read_entry",
    "stated_field",
    "updated_at",
    "values_of",
]
