"""Words: how texts are taken apart, which entries say them, and what a query means by them."""

from search.lexical.index import LexicalIndex
from search.lexical.seen import SeenWords, Words
from search.lexical.understanding import WordQuery, understand
from search.lexical.words import document_words, words_of

__all__ = [
    "LexicalIndex",
    "SeenWords",
    "WordQuery",
    "Words",
    "document_words",
    "understand",
    "words_of",
]
