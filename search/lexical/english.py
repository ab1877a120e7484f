"""Whether a word is an English one: by the vocabulary of the packaged embedding model.

Only its file is read; no model is loaded. Without the package no word is known to be English.
"""

from functools import cache

import orjson

SHORTEST = 2
_INNER_PIECE = "##"


def is_english(word: str) -> bool:
    return word in _whole_words()


@cache
def _whole_words() -> frozenset[str]:
    """Some 23,000 of the most frequent words, not their pieces."""
    # Not at the top: what embeds texts takes their words from this package.
    from search.embedding.base import ModelNotReady
    from search.embedding.packaged import packaged_folder

    try:
        content = (packaged_folder() / "tokenizer.json").read_bytes()
    except (ModelNotReady, OSError):
        return frozenset()
    pieces = orjson.loads(content)["model"]["vocab"]
    return frozenset(
        piece for piece in pieces if len(piece) >= SHORTEST and not piece.startswith(_INNER_PIECE)
    )
