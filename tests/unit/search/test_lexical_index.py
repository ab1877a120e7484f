"""Which documents say a word, and how much."""

import math
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest

from search.lexical import LexicalIndex

DOCUMENTS = [
    "weather weather forecast rain city",
    "rain",
    "city map map map of streets",
    "",
    "forecasts forecasting",
]


def index() -> LexicalIndex:
    return LexicalIndex.build(DOCUMENTS)


def test_a_word_is_found_in_the_documents_that_say_it() -> None:
    scores = index().scores({"rain": 1.0})

    assert np.flatnonzero(scores).tolist() == [0, 1]
    assert scores.dtype == np.float32
    assert scores.shape == (len(DOCUMENTS),)


def test_the_score_is_the_part_of_bm25_that_depends_on_the_document() -> None:
    average = sum(len(document.split()) for document in DOCUMENTS) / len(DOCUMENTS)
    dilution = 1.2 * (1 - 0.4 + 0.4 * 6 / average)

    assert index().scores({"map": 0.5})[2] == pytest.approx(0.5 * 3 / (3 + dilution))


def test_inflections_are_one_word() -> None:
    assert index().frequency("forecast") == 2
    assert np.flatnonzero(index().scores({"forecast": 1.0})).tolist() == [0, 4]


def test_saying_it_more_often_or_in_fewer_words_counts_more() -> None:
    scores = LexicalIndex.build(["a b c", "a a c", "a", "a a a a"]).scores({"a": 1.0})

    assert scores[0] < scores[1]
    assert scores[0] < scores[2]
    assert scores[3] > scores[1]


def test_weights_add_up_and_are_never_exceeded() -> None:
    both = index().scores({"weather": 0.5, "rain": 0.25})

    expected = index().scores({"weather": 0.5}) + index().scores({"rain": 0.25})
    assert both == pytest.approx(expected)
    assert LexicalIndex.build(["a " * 10_000]).scores({"a": 0.75})[0] <= 0.75


def test_unknown_words_and_no_words_score_nothing() -> None:
    assert not index().scores({"snow": 1.0, "": 1.0, "\uffff": 1.0}).any()
    assert not index().scores({}).any()


def test_vocabulary_and_frequencies() -> None:
    assert index().vocabulary == sorted(index().vocabulary)
    assert [index().frequency(word) for word in ("rain", "city", "citi", "map")] == [2, 0, 2, 1]
    assert index().size == 5
    assert index().average_length == pytest.approx(14 / 5)


def test_forms_know_their_word_and_how_often_they_are_written() -> None:
    forms = index().forms
    weather, forecasts = forms.index("weather"), forms.index("forecasts")

    assert (index().word_of(weather), index().count_of(weather)) == ("weather", 2)
    assert index().word_of(forecasts) == "forecast"


def test_the_most_frequent_of_some_forms() -> None:
    built = LexicalIndex.build(["aa ab ab", "ab ac ac", "b b b b"])

    assert [built.forms[form] for form in built.most_frequent(range(3), 2)] == ["ab", "ac"]
    assert built.most_frequent(range(0), 2) == []


def test_a_fresh_index_is_comparable_under_the_average_of_another() -> None:
    fresh = LexicalIndex.build(DOCUMENTS[:1], average_length=index().average_length)

    assert fresh.scores({"rain": 1.0})[0] == index().scores({"rain": 1.0})[0]


@pytest.mark.parametrize("average", [None, 0.0])
@pytest.mark.parametrize("documents", [[], [""], ["", ""]])
def test_without_words_nothing_is_found(documents: list[str], average: float | None) -> None:
    empty = LexicalIndex.build(documents, average_length=average)
    empty = LexicalIndex.from_arrays(empty.to_arrays())

    assert empty.scores({"rain": 1.0}).tolist() == [0.0] * len(documents)
    assert (empty.vocabulary, empty.average_length, empty.frequency("rain")) == ([], 0.0, 0)


def test_an_index_survives_a_file() -> None:
    built = LexicalIndex.build([*DOCUMENTS, "天気 погода s3"])
    file = BytesIO()
    np.savez(file, allow_pickle=False, **built.to_arrays())
    file.seek(0)

    with np.load(file, allow_pickle=False) as arrays:
        read = LexicalIndex.from_arrays(arrays)

    weights = {"rain": 0.3, "天気": 0.2, "map": 0.1}
    assert read.scores(weights).tolist() == built.scores(weights).tolist()
    assert read.average_length == built.average_length
    assert read.forms == built.forms


Arrays = dict[str, Any]

NONSENSE: dict[str, Callable[[Arrays], Any]] = {
    "size": lambda arrays: np.array(-1, np.int64),
    "average_length": lambda arrays: np.array(math.nan),
    "vocabulary": lambda arrays: arrays["vocabulary"][::-1],
    "forms": lambda arrays: np.array([0xFF, 0xFE], np.uint8),
    "words_of_forms": lambda arrays: arrays["words_of_forms"] + 1,
    "counts_of_forms": lambda arrays: arrays["counts_of_forms"] * 0,
    "starts": lambda arrays: arrays["starts"][:-1],
    "rows": lambda arrays: arrays["rows"] - 1,
    "parts": lambda arrays: arrays["parts"] * np.float32(math.nan),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_arrays_that_do_not_fit_together_are_refused(name: str) -> None:
    arrays = index().to_arrays()
    arrays[name] = NONSENSE[name](arrays)

    with pytest.raises(ValueError, match="lexical index|decode"):
        LexicalIndex.from_arrays(arrays)


@pytest.mark.parametrize("name", NONSENSE)
def test_missing_arrays_and_those_of_another_type_are_refused(name: str) -> None:
    arrays = index().to_arrays()
    of_another_type = arrays | {name: arrays[name].astype(np.complex64)}
    of_another_shape = arrays | {name: arrays[name][np.newaxis]}
    del arrays[name]

    for wrong in (arrays, of_another_type, of_another_shape):
        with pytest.raises(ValueError, match=f"{name} is missing"):
            LexicalIndex.from_arrays(wrong)


def test_rows_beyond_the_last_document_are_refused() -> None:
    arrays = index().to_arrays()
    arrays["size"] = np.array(2, np.int64)

    with pytest.raises(ValueError, match="do not fit together"):
        LexicalIndex.from_arrays(arrays)
