"""Phrases to look for in texts, written so that a person can read them.

A phrase is a regular expression of words with four conveniences: a space is any white space, ``~3``
stands for up to three words, ``'`` is either apostrophe, and ``(this|that)`` captures nothing.
``{names}`` are looked up in a vocabulary of such phrases.

All repetitions are bounded and words are told from the space between them, so that the time a text
takes grows with its length and no faster, whatever it holds.
"""

import re
from collections.abc import Mapping

_SPACE = r"\s{1,9}"
_GAP = re.compile(r" ~(\d) ")
_WORD_AND_SPACE = r"(?:\S{1,30}\s{1,9})"


def compiled(*phrases: str, vocabulary: Mapping[str, str]) -> re.Pattern[str]:
    """What finds any of ``phrases``, as whole words, in whatever case."""
    alternatives = (_expression(phrase.format_map(vocabulary)) for phrase in phrases)
    return re.compile("|".join(alternatives), re.IGNORECASE)


def _expression(phrase: str) -> str:
    bare = phrase.replace("(", "(?:").replace("'", "['’]")
    with_gaps = _GAP.sub(lambda gap: f" {_WORD_AND_SPACE}{{0,{gap[1]}}}?", bare)
    return rf"\b(?:{with_gaps.replace(' ', _SPACE)})\b"
