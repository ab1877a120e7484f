"""Texts as words: taken apart, in one spelling, without the words that say nothing.

Documents and queries both come through here, so that what is typed meets what was written. A
document keeps whole words, fit to be shown; ``stem`` cuts off their inflections, when an index is
built as when it is asked.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, pairwise
from threading import Lock

import Stemmer

from search.lexical.stop_words import STOP_WORDS

# A longer text is cut, a longer word (somebody's mistake, or mischief) taken for several.
LONGEST_TEXT = 10_000
LONGEST_WORD = 64

# Han, kana, Hangul, Thai, Lao, Burmese, Khmer: without spaces, or with few between words.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005\u3040-\u30fa\u30fc-\u30ff"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
)
# Vowel signs and the like, which are parts of words but not of what ``re`` takes for one.
_MARKS = "".join(
    chr(code) for code in range(0x300, 0xFFFF) if unicodedata.category(chr(code)) in {"Mn", "Mc"}
)
_ASCII_TOKEN = re.compile(rf"[A-Za-z0-9]{{1,{LONGEST_WORD}}}")
_TOKEN = re.compile(rf"[{_UNSPACED}]+|(?:(?![{_UNSPACED}])[^\W_]|[{_MARKS}]){{1,{LONGEST_WORD}}}")
_UNSPACED_START = re.compile(rf"[{_UNSPACED}]")
# getHTTPResponse -> get, HTTP, Response; but IPv4 and eBay are one word.
_HUMP = re.compile(r"(?<=[A-Za-z0-9][a-z0-9])(?=[A-Z])|(?<=[A-Z]{2})(?=[A-Z][a-z])")
_APOSTROPHE = re.compile(r"['\u2019](?:d|ll|m|re|s|t|ve)\b", re.IGNORECASE)
# Accents of Latin, Greek and Cyrillic letters; optional vowels of Hebrew and Arabic.
_DIACRITIC = re.compile("[\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0640]")
_UNACCENTED = str.maketrans("øłđðıØŁĐÐ", "olddiOLDD") | {
    ord(letter): pair for letter, pair in {"æ": "ae", "œ": "oe", "Æ": "Ae", "Œ": "Oe"}.items()
}

_SHARED_HOST = re.compile(r"^(?:io|com)\.(?:github|gitlab)(?=\.)|^[a-z]+(?=\.)")

_stemmer = Stemmer.Stemmer("english", 0)
_one_at_a_time = Lock()  # a Stemmer is not made for several threads


def words_of(text: str) -> list[str]:
    """The words of ``text`` in their order, as an index knows them."""
    return [stem(form) for form in forms_of(text)]


def document_words(name: str, *texts: str) -> str:
    """The words of a document, separated by spaces; those of its name count twice.

    Of a server's name only what follows the slash counts twice. They are not stemmed, so that an
    index can show them: ``LexicalIndex`` does that.
    """
    namespace, _, own_name = name.rpartition("/")
    said = forms_of(own_name)
    whole = glued(own_name)
    forms = [*said, *said, *([whole] if whole and whole not in said else [])]
    for text in (_without_host(namespace), *texts):
        forms += forms_of(text)
    return " ".join(forms)


def forms_of(text: str) -> list[str]:
    """The words of ``text`` in their order, as they are written but for case and accents."""
    return without_stop_words(list(chain.from_iterable(map(_forms, tokens_of(text)))))


def without_stop_words(forms: list[str]) -> list[str]:
    """All but stop words; these only where there is nothing else."""
    return [form for form in forms if form not in STOP_WORDS] or forms


def tokens_of(text: str) -> list[str]:
    """What stands between spaces and punctuation; pairs of letters in scripts without spaces."""
    text = _APOSTROPHE.sub("", text[:LONGEST_TEXT])
    if text.isascii():
        return _ASCII_TOKEN.findall(text)
    tokens = _TOKEN.findall(unicodedata.normalize("NFKC", text))
    return list(chain.from_iterable(map(_letter_pairs, tokens)))


def glued(name: str) -> str:
    """The words of ``name`` as one; nothing where there is but one, or where it gets too long."""
    parts = list(chain.from_iterable(map(parts_of, tokens_of(name))))
    word = "".join(parts)
    return word if len(parts) > 1 and len(word) <= LONGEST_WORD else ""


@lru_cache(20_000)
def parts_of(token: str) -> tuple[str, ...]:
    """The words that camelCase puts together in ``token``; mostly one."""
    return tuple(part.casefold() for part in _HUMP.split(_unaccented(token)))


@lru_cache(50_000)
def stem(form: str) -> str:
    """An English word without its inflection, any other as it is."""
    if not (form.isascii() and form.isalpha()):
        return form
    with _one_at_a_time:
        return str(_stemmer.stemWord(form))


@lru_cache(50_000)
def _forms(token: str) -> tuple[str, ...]:
    """GitHub is found by "github" and by "hub"."""
    parts = parts_of(token)
    return parts if len(parts) == 1 else (*parts, "".join(parts))


def _letter_pairs(token: str) -> Sequence[str]:
    if len(token) < 3 or not _UNSPACED_START.match(token):
        return (token,)
    return [left + right for left, right in pairwise(token)]


def _without_host(namespace: str) -> str:
    """A reverse domain name without what thousands share: io.github.ada -> ada."""
    return _SHARED_HOST.sub("", namespace)


def _unaccented(token: str) -> str:
    if token.isascii():
        return token
    bare = _DIACRITIC.sub("", unicodedata.normalize("NFKD", token.translate(_UNACCENTED)))
    return unicodedata.normalize("NFKC", bare)
