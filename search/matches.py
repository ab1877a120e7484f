"""The words that the parts of search share: what can be found, and why it was."""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What can be found."""

    SERVER = "server"
    TOOL = "tool"


class Reason(StrEnum):
    """Why something was found, which is also what its score (0 to 1) counts."""

    MEANING = "meaning"  # the cosine of query and text
    NAME = "name"  # the part of the name or title that the query spells
    WORDS = "words"  # the part of the query's words that occur


class Match(NamedTuple):
    """A row that was found."""

    kind: Kind
    pk: int
    score: float
    reason: Reason
