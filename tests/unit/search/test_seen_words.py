"""Words of hidden entries are as good as absent."""

import numpy as np
import pytest

from search.lexical import LexicalIndex, SeenWords, understand

SEEN = ["weather forecast", "calendar event", "event list"]
HIDDEN = ["payroll salaries", "payroll calendar", "secret merger"]


def seen() -> SeenWords:
    mask = np.array([True] * len(SEEN) + [False] * len(HIDDEN))
    return SeenWords(LexicalIndex.build(SEEN + HIDDEN), mask)


@pytest.mark.parametrize(
    "query",
    [
        *("weather event", "payroll calendar", "merger", "payrol", "salar", "secretmerger"),
        *("wether calendr", "forec", "weatherforecast", "zxqvt"),
    ],
)
def test_a_query_means_what_it_would_mean_were_they_not_there(query: str) -> None:
    assert understand(query, [seen()]) == understand(query, [LexicalIndex.build(SEEN)])


def test_they_have_no_score() -> None:
    assert seen().scores({"calendar": 1.0, "payrol": 1.0}).nonzero()[0].tolist() == [1]


def test_they_are_not_counted() -> None:
    assert seen().size == len(SEEN)
    assert [seen().frequency(word) for word in ("calendar", "event", "payrol")] == [1, 2, 0]
