"""The words that the parts of search share: what can be found, and why it was."""

from enum import StrEnum


class Kind(StrEnum):
    """What can be found."""

    SERVER = "server"
    TOOL = "tool"


class Reason(StrEnum):
    """What speaks most for something that was found."""

    NAME = "name"  # it is called what the query says
    MEANING = "meaning"  # its text is near the query
    WORDS = "words"  # it says the words of the query
