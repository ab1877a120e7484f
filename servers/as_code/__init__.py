"""The catalogue as code: a folder of YAML or JSON files, read, compared, applied and written.

``manage.py apply`` and ``manage.py export`` are its doors. It holds no rule of the catalogue: what
a file asks for is done, or refused, by ``servers.services``.
"""

from servers.as_code.applying import Done, SourceIsMirror, apply_entries
from servers.as_code.entries import ServerEntry
from servers.as_code.folder import UnreadableFolder, read_folder
from servers.as_code.planning import Defaults, Verb
from servers.as_code.problems import Problem, WrongFiles
from servers.as_code.writing import WrittenFile, files_of

__all__ = [
    "Defaults",
    "Done",
    "Problem",
    "ServerEntry",
    "SourceIsMirror",
    "UnreadableFolder",
    "Verb",
    "WrittenFile",
    "WrongFiles",
    "apply_entries",
    "files_of",
    "read_folder",
]
