"""The entries as ranking sees them: row by row, in memory, each with its vector and its words."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from search.index.base import BoolArray, IdArray, VectorIndex
from search.lexical.index import LexicalIndex

_SEPARATORS = re.compile(r"[\s_.-]+")


@dataclass(frozen=True, eq=False)
class Corpus:
    """Some entries. All columns have one row an entry, in the order of the ids."""

    # Ascending.
    ids: IdArray
    servers: IdArray
    # 0 where the entry is the server itself.
    tools: IdArray
    # As they are written: of a tool, or of a server with its namespace.
    names: Sequence[str]
    vectors: VectorIndex
    words: LexicalIndex
    # Of which this process has not learned meanwhile that they are gone.
    alive: BoolArray = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "alive", np.ones(len(self.ids), dtype=np.bool_))

    def __len__(self) -> int:
        return len(self.ids)

    def forget(self, rows: BoolArray | IdArray) -> None:
        """Note that these entries are gone. Others may be reading: what is gone stays gone."""
        self.alive[rows] = False

    @cached_property
    def rows_of_names(self) -> dict[str, list[int]]:
        """The rows by the folded name (``folded``) of their entries; of servers also by the name
        without its namespace, which hardly anybody types."""
        found: dict[str, list[int]] = {}
        for row, name in enumerate(self.names):
            whole = folded(name)
            for part in {whole, whole.rpartition("/")[2]}:
                found.setdefault(part, []).append(row)
        return found

    def own_rows(self, servers: IdArray) -> IdArray:
        """The rows of these servers' own entries, as far as they are here."""
        known = self._own_row_of_server
        rows = known[servers[servers < len(known)]]
        found: IdArray = rows[rows >= 0]
        return found

    @cached_property
    def _own_row_of_server(self) -> IdArray:
        """By the server's id; -1 where there is none."""
        rows = np.flatnonzero(self.tools == 0)
        found = np.full(int(self.servers.max(initial=0)) + 1, -1, dtype=np.int64)
        found[self.servers[rows]] = rows
        return found


def folded(name: str) -> str:
    """A name without what people leave out when they type it: case, and what separates its words.

    getUser, get_user, get-user and "get user" are one, and so are GitHub and github. The slash of
    a server's name stays.
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    return _SEPARATORS.sub("", plain) or plain
