"""What the relevance of a result means: how likely it is right, and whether it is an answer at all.

Constants and pure functions. ``make bench-quality`` says how well they hold and what those of the
score would be if they were fitted anew; where all of them come from stands in
docs/search-quality.md.
"""

from math import exp, log, sqrt

from search.lexical import WordQuery

# Of the logistic function that makes a probability of a relevance.
SLOPE = 4.16
MIDDLE = 1.18

# Of the best result: its cosine and this much of its coverage must reach a floor. Words count less
# than they do in the relevance: in a large catalogue any nonsense meets some word.
COVERAGE_AS_EVIDENCE = 0.6
# The floor in a catalogue of so many entries...
FLOOR, FLOOR_ENTRIES = 0.105, 199
# ...by how much it rises with the size: in a larger one more resembles anything by accident, as
# the largest of n normally distributed numbers grows with the square root of 2 ln n...
FLOOR_GROWTH = 0.18
# ...with the share of the query that no entry says a word of...
FLOOR_OF_UNSAID = 0.15
# ...and where neither the catalogue nor the language knows most of its words.
FLOOR_OF_GIBBERISH = 0.14
LEAST_KNOWN = 1 / 3


def probability(relevance: float) -> float:
    """How likely an entry of this relevance (``ranking``) is what was asked for."""
    return 1 / (1 + exp(-SLOPE * (relevance - MIDDLE)))


def evidence(*, cosine: float, coverage: float) -> float:
    """What speaks for an entry being an answer at all."""
    return cosine + COVERAGE_AS_EVIDENCE * coverage


def least_evidence(*, entries: int, words: WordQuery) -> float:
    """What must speak for the best of ``entries`` if anything is to be an answer to ``words``."""
    said = min(sum(words.weights.values()), 1.0)
    return (
        FLOOR
        + FLOOR_GROWTH * (_noise(entries) - _noise(FLOOR_ENTRIES))
        + FLOOR_OF_UNSAID * (1 - said)
        + FLOOR_OF_GIBBERISH * (words.known < LEAST_KNOWN)
    )


def _noise(entries: int) -> float:
    return sqrt(2 * log(max(entries, 2)))
