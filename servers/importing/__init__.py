"""Many servers at once from files: the official registry's export, documents, tool catalogues.

Two steps that do not mix. ``read_entries`` reads, repairs and checks everything and writes
nothing; ``import_entries`` writes in batches, so that an import that was killed is finished by
running it again. What is in the catalogue already is left alone: running the same import twice
changes nothing.
"""

from servers.importing.reading import OFFICIAL_META, UnreadableFile, read_entries
from servers.importing.report import ImportEntry, ImportReport, Remark
from servers.importing.writing import Newcomers, import_entries

__all__ = [
    "OFFICIAL_META",
    "ImportEntry",
    "ImportReport",
    "Newcomers",
    "Remark",
    "UnreadableFile",
    "import_entries",
    "read_entries",
]
