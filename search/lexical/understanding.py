"""What a query says in the words of the catalogue: weighed, completed, put right where mistyped.

A word that the catalogue has means itself. Any other is taken for what is spelled nearly so, or
begins so, and counts less. What the catalogue is, is asked of ``Vocabulary`` alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from search.lexical.english import is_english
from search.lexical.stop_words import FILLERS
from search.lexical.vocabulary import Meaning, Vocabulary
from search.lexical.words import glued, parts_of, stem, tokens_of, without_stop_words

if TYPE_CHECKING:
    from search.lexical.seen import Words

# Beyond, a query is a document: what it is about it has said before.
MOST_WORDS = 100
# Whoever writes more words that nobody knows does not mistype: it is another language.
MOST_MISTYPED = 8

# What a word counts that people say around what they look for, if any document says it at all.
FILLER = 0.3
# What counts, instead of what was typed, that which is probably meant.
MISTAKES = {1: 0.8, 2: 0.6}
LAST_WORD_BEGUN = 0.8
WORD_BEGUN = 0.6
ONE_WORD_AS_TWO = 0.9
TWO_WORDS_AS_ONE = 0.9
# What a name counts, of the weight of all words, that the query as a whole nearly spells.
NAME_OF_KNOWN_WORDS = 0.3
NAME_OF_UNKNOWN_WORDS = 0.5

SHORTEST_BEGINNING = 4
SHORTEST_HALF = 3
# Shorter ones resemble words of the catalogue whatever was typed.
SHORTEST_TELLING = 5
SHORTEST_TELLING_COMPOUND = 7


@dataclass(frozen=True, kw_only=True)
class WordQuery:
    """A query, ready for ``LexicalIndex.scores``."""

    # Words of the index and their weights: the inverse document frequency as a part of that of
    # the whole query, so that the weights of a query add up to at most 1.
    weights: dict[str, float]
    # The part of the query's words (0 to 1) that the catalogue or the English language knows.
    known: float
    # What was typed, and what the catalogue has that is spelled nearly so.
    corrections: dict[str, str]


def understand(query: str, indexes: "Sequence[Words]") -> WordQuery:
    """``query`` in the words of ``indexes``, which count as one: the published and the fresh."""
    vocabulary = Vocabulary(indexes)
    forms = _forms_of(query, vocabulary)
    readings = _Reader(forms, vocabulary).read()
    weights = _weights(readings, vocabulary)
    name = _name(glued(query), vocabulary, literal=all(map(vocabulary.frequency, map(stem, forms))))
    return WordQuery(
        weights=_with_name(weights, name),
        known=1.0 if name else _known(readings),
        corrections={form: it.correction for form, it in readings.items() if it.correction},
    )


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """What a word of a query stands for."""

    # Words of the index, and what of the typed word's weight each takes: together at most 1.
    words: Mapping[str, float]
    # Whether it is what people write, or as good as that.
    known: bool = True
    correction: str = ""


class _Reader:
    """Reads each word of a query, some in the light of their neighbours."""

    def __init__(self, forms: Sequence[str], vocabulary: Vocabulary) -> None:
        self._forms = forms
        self._vocabulary = vocabulary

    def read(self) -> dict[str, _Reading]:
        return {form: self._reading(form, place) for place, form in enumerate(self._forms)}

    def _reading(self, form: str, place: int) -> _Reading:
        word = stem(form)
        compound = self._compound(place)
        if self._vocabulary.frequency(word):
            return _Reading(words={word: 0.5, compound: 0.5} if compound else {word: 1.0})
        if compound:
            return _Reading(words={compound: TWO_WORDS_AS_ONE})
        mistyped = self._mistyped(form)
        return (
            mistyped.get(1)
            or self._begun(form, is_last=place == len(self._forms) - 1)
            or self._two_words(form)
            or mistyped.get(2)
            or _Reading(words={}, known=is_english(form))
        )

    def _compound(self, place: int) -> str:
        """The word of "web" and "hook", where it is the more usual spelling."""
        for left, right in pairwise(self._forms[max(place - 1, 0) : place + 2]):
            whole = stem(left + right)
            if self._vocabulary.frequency(whole) > min(self._frequencies(left, right)):
                return whole
        return ""

    def _mistyped(self, form: str) -> dict[int, _Reading]:
        """What ``form`` or its stem is spelled like, by the number of mistakes."""
        if form not in self._strange:
            return {}
        near = self._vocabulary.near(form)
        if not near:
            # Cutting off the inflection may have cut off a letter too many.
            near = {2: self._vocabulary.near(stem(form)).get(1, [])}
        return {
            mistakes: _Reading(
                words=_parts(meanings, MISTAKES[mistakes]),
                known=mistakes == 1 and len(form) >= SHORTEST_TELLING,
                correction=meanings[0].form,
            )
            for mistakes, meanings in near.items()
            if meanings
        }

    @cached_property
    def _strange(self) -> frozenset[str]:
        """The words that neither the catalogue nor the language knows, if they are few."""
        strange = {
            form
            for form in self._forms
            if not self._vocabulary.frequency(stem(form)) and not is_english(form)
        }
        return frozenset(strange if len(strange) <= MOST_MISTYPED else ())

    def _begun(self, form: str, *, is_last: bool) -> _Reading | None:
        if len(form) < SHORTEST_BEGINNING and not is_last:
            return None
        meanings = self._vocabulary.starting_with(form)
        if not meanings:
            return None
        return _Reading(
            words=_parts(meanings, LAST_WORD_BEGUN if is_last else WORD_BEGUN),
            known=len(form) >= SHORTEST_TELLING or is_english(form),
        )

    def _two_words(self, form: str) -> _Reading | None:
        """The most usual of what "webscraper" or "gpt4" can be put together from."""
        halves = [(form[:cut], form[cut:]) for cut in range(1, len(form)) if _is_seam(form, cut)]
        best = max(halves, key=lambda pair: min(self._frequencies(*pair)), default=None)
        if best is None or not all(self._frequencies(*best)):
            return None
        return _Reading(
            words=dict.fromkeys(map(stem, best), ONE_WORD_AS_TWO / 2),
            known=len(form) >= SHORTEST_TELLING_COMPOUND,
        )

    def _frequencies(self, *forms: str) -> list[int]:
        return [self._vocabulary.frequency(stem(form)) for form in forms]


def _forms_of(query: str, vocabulary: Vocabulary) -> list[str]:
    """The words of ``query``, each once however it is inflected."""
    tokens = tokens_of(query)[:MOST_WORDS]
    said = without_stop_words([form for token in tokens for form in _forms(token, vocabulary)])
    first = {stem(form): form for form in reversed(said)}
    return list(reversed(first.values()))


def _forms(token: str, vocabulary: Vocabulary) -> Sequence[str]:
    """getUser is two words. GitHub is one, if the catalogue has it as one."""
    parts = parts_of(token)
    whole = "".join(parts)
    return [whole] if token[0].isupper() and vocabulary.frequency(stem(whole)) else parts


def _is_seam(form: str, cut: int) -> bool:
    between_digit_and_letter = form[cut - 1].isdigit() != form[cut].isdigit()
    return between_digit_and_letter or SHORTEST_HALF <= cut <= len(form) - SHORTEST_HALF


def _parts(meanings: Sequence[Meaning], part: float) -> dict[str, float]:
    return {meaning.word: part * meaning.share for meaning in meanings}


def _weights(readings: Mapping[str, _Reading], vocabulary: Vocabulary) -> dict[str, float]:
    """The rarity of each word as a part of that of all, given to what it stands for."""
    rarities = {form: _rarity(form, vocabulary) for form in readings}
    total = sum(rarities.values()) or 1.0
    weights: dict[str, float] = {}
    for form, reading in readings.items():
        for word, part in reading.words.items():
            weights[word] = weights.get(word, 0.0) + part * rarities[form] / total
    return weights


def _rarity(form: str, vocabulary: Vocabulary) -> float:
    word = stem(form)
    if form not in FILLERS:
        return vocabulary.rarity(word)
    return FILLER * vocabulary.rarity(word) if vocabulary.frequency(word) else 0.0


def _name(typed: str, vocabulary: Vocabulary, *, literal: bool) -> dict[str, float]:
    """What the words of a query, written as one, spell or nearly spell.

    Where the catalogue has all words as they are (``literal``), their compound says no more.
    """
    if len(typed) < SHORTEST_TELLING:
        return {}
    if vocabulary.frequency(stem(typed)):
        return {} if literal else {stem(typed): NAME_OF_UNKNOWN_WORDS}
    near = vocabulary.near(typed)
    if literal:
        return _parts(near.get(1, []), NAME_OF_KNOWN_WORDS)
    return _parts(near.get(1) or near.get(2, []), NAME_OF_UNKNOWN_WORDS)


def _with_name(weights: Mapping[str, float], name: Mapping[str, float]) -> dict[str, float]:
    """``weights``, less what goes to ``name``."""
    rest = 1 - sum(name.values())
    return {
        word: weights.get(word, 0.0) * rest + name.get(word, 0.0) for word in {**weights, **name}
    }


def _known(readings: Mapping[str, _Reading]) -> float:
    return sum(reading.known for reading in readings.values()) / max(len(readings), 1)
