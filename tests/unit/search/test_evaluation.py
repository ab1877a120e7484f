"""Relevance sets ranked in three ways."""

from collections.abc import Mapping, Sequence

import pytest

from search.evaluation import Evaluation, RelevanceSet
from search.evaluation.baselines import BM25, best_rows, tokens
from search.evaluation.relevance import parsed
from search.evaluation.running import BM25_ALONE, ROLLCALL, VECTORS_ALONE, Durations, Report
from tests.fixtures.embeddings import WordHashEmbedder

TOOLS = [
    {"id": "rain", "name": "get_forecast", "description": "The weather of the next days"},
    {"id": "mail", "name": "sendMail", "description": "Delivers a letter", "server": "Post"},
    {"id": "sum", "name": "add", "description": "Two numbers together"},
]
SERVERS = [
    {"id": "sky", "name": "sky", "description": "", "tools": [TOOLS[0]]},
    {"id": "post", "name": "post", "description": "", "tools": [TOOLS[1], TOOLS[2]]},
]


def judged(
    documents: Sequence[Mapping[str, object]], *queries: tuple[str, list[str]]
) -> RelevanceSet:
    asked = [{"query": text, "relevant": relevant} for text, relevant in queries]
    return parsed({"documents": documents, "queries": asked}, name="judged")


def report_of(relevance_set: RelevanceSet) -> Report:
    embedder = WordHashEmbedder()
    evaluation = Evaluation.of(relevance_set, embedder)
    return evaluation.report("judged", relevance_set.queries, timed_with=embedder)


def test_each_way_of_ranking_is_measured() -> None:
    report = report_of(judged(TOOLS, ("weather of the next days", ["rain"])))

    assert report.documents == 3
    assert report.queries == 1
    assert list(report.quality) == [BM25_ALONE, VECTORS_ALONE, ROLLCALL]
    assert {quality.hit_at_1 for quality in report.quality.values()} == {1.0}


def test_a_name_typed_without_its_separators_is_first_in_production_alone() -> None:
    report = report_of(judged(TOOLS, ("getforecast", ["rain"])))

    assert report.quality[ROLLCALL].hit_at_1 == 1
    assert report.quality[BM25_ALONE].hit_at_1 == 0


def test_a_server_is_found_by_what_its_tools_do() -> None:
    report = report_of(judged(SERVERS, ("delivers a letter", ["post"]), ("forecast", ["sky"])))

    assert report.documents == 2
    assert report.quality[ROLLCALL].hit_at_1 == 1


def test_queries_without_an_answer_are_counted_apart() -> None:
    report = report_of(judged(TOOLS, ("add", ["sum"]), ("qwrtzx", [])))

    assert (report.queries, report.unanswerable) == (1, 1)
    assert report.silence[BM25_ALONE] == 1
    assert report.silence[VECTORS_ALONE] in {0, 1}


def test_without_any_answerable_query_there_is_no_quality() -> None:
    assert report_of(judged(TOOLS, ("qwrtzx", []))).quality == {}


def test_durations_are_milliseconds() -> None:
    durations = Durations.of([0.001] * 94 + [0.5] * 6)

    assert durations.p50 == 1
    assert durations.p95 == 500


# --- BM25 ----------------------------------------------------------------------------------------


def test_identifiers_are_taken_apart_and_stop_words_left_out() -> None:
    assert tokens("getHTTPResponse of the user_id") == ["get", "http", "response", "user", "id"]


def test_bm25_is_that_of_the_textbook() -> None:
    # idf = ln(1 + (2 - 1 + .5) / (1 + .5)); tf part = 2 / (2 + 1.2 * (1 - .75 + .75 * 3 / 2))
    scores = BM25(["rain rain sun", "moon"]).scores("rain")

    assert scores.tolist() == pytest.approx([0.6931472 * 2 / 3.65, 0.0])


def test_what_shares_no_word_is_not_found() -> None:
    assert best_rows(BM25(["rain", "sun", "sun sun"]).scores("sun"), 10) == [2, 1]
    assert best_rows(BM25(["rain"]).scores("moon"), 10) == []
