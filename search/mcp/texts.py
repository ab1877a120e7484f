"""How much an agent is told at once: what it reads it pays for, and forgets something else over."""

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from registry_site.lib.printable import printable

# Characters of an answer, some 1,500 tokens; asked for more, a tool tells more.
LONGEST_ANSWER = 6_000
LONGEST_DESCRIPTION = 300
_SENTENCE_END = re.compile(r"(?<=[.!?])\s")
_SPACE = re.compile(r"\s+")

Row = TypeVar("Row")


def shortened(text: str, longest: int = LONGEST_DESCRIPTION) -> str:
    """``text`` of a stranger in one line, without what nobody sees, cut after a sentence.

    Cut after a word, and ending in an ellipsis, where the first sentence is too long.
    """
    line = _SPACE.sub(" ", printable(text)).strip()
    if len(line) <= longest:
        return line
    ends = [match.start() for match in _SENTENCE_END.finditer(line, 0, longest + 1)]
    if ends:
        return line[: ends[-1]]
    start, _, _ = line[:longest].rpartition(" ")
    return f"{start or line[: longest - 1]}…"


def fitting(
    rows: Iterable[Row], *, size: Callable[[Row], int], room: int = LONGEST_ANSWER
) -> list[Row]:
    """The first of ``rows`` that together take up no more than ``room``; the very first always."""
    kept: list[Row] = []
    for row in rows:
        room -= size(row)
        if room < 0 and kept:
            break
        kept.append(row)
    return kept
