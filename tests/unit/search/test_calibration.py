"""What a score means, and what is no answer."""

from itertools import pairwise

import pytest

from search.calibration import MIDDLE, evidence, least_evidence, probability
from search.lexical import WordQuery


def asked(*, said: float = 1.0, known: float = 1.0) -> WordQuery:
    return WordQuery(weights={"weather": said}, known=known, corrections={})


def test_a_score_is_a_probability_that_grows_with_relevance() -> None:
    scores = [probability(relevance / 10) for relevance in range(-10, 30)]

    assert all(0 < lower < higher < 1 for lower, higher in pairwise(scores))


def test_in_the_middle_every_second_result_is_right() -> None:
    assert probability(MIDDLE) == pytest.approx(0.5)


def test_meaning_and_words_are_evidence() -> None:
    assert evidence(cosine=0.5, coverage=0.0) == 0.5
    assert evidence(cosine=0.5, coverage=0.5) > 0.5


def test_among_more_entries_more_evidence_is_asked_for() -> None:
    floors = [least_evidence(entries=10**power, words=asked()) for power in range(1, 7)]

    assert floors == sorted(set(floors))


def test_what_nothing_says_needs_more_evidence() -> None:
    usual = least_evidence(entries=6_000, words=asked())

    assert least_evidence(entries=6_000, words=asked(said=0.2)) > usual
    assert least_evidence(entries=6_000, words=asked(known=0.2)) > usual
    assert least_evidence(entries=6_000, words=asked(known=0.5)) == usual


@pytest.mark.parametrize("entries", [0, 1, 2])
def test_among_hardly_any_entries_everything_may_be_an_answer(entries: int) -> None:
    assert least_evidence(entries=entries, words=asked()) < 0
