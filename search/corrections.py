"""The query as it was probably meant, in words that the caller may have read somewhere.

How a word is mostly written is known of all entries together; which of these spellings may be
told is asked of some that the caller may find.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from search.lexical import words_of
from search.models import SearchEntry
from search.ranking import Scope

# Enough to know how a word is written.
MOST_LOOKED_AT = 50


def corrected(query: str, corrections: Mapping[str, str], seen: Sequence[Scope]) -> str:
    """``query`` with what was mistyped put right; empty where nothing is."""
    meant = query
    for typed, form in corrections.items():
        if told := _as_told(form, seen):
            meant = re.sub(rf"\b{re.escape(typed)}\b", told, meant, flags=re.IGNORECASE)
    return meant if meant != query else ""


def _as_told(form: str, seen: Sequence[Scope]) -> str:
    """``form`` if an entry that may be found writes it so, or else as most of them write it."""
    word = next(iter(words_of(form)), "")
    entries = [pk for scope in seen for pk in _saying(word, scope)]
    written = Counter(
        said
        for words in SearchEntry.objects.filter(pk__in=entries).values_list("words", flat=True)
        for said in words.split()
        if word in words_of(said)
    )
    if form in written:
        return form
    return written.most_common(1)[0][0] if written else ""


def _saying(word: str, scope: Scope) -> list[int]:
    rows = scope.corpus.words.documents(word)
    entries: list[int] = scope.corpus.ids[rows[scope.mask[rows]][:MOST_LOOKED_AT]].tolist()
    return entries
