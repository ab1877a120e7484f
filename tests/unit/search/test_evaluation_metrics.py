"""The measures of search quality, against values worked out by hand."""

from math import log2

import pytest

from search.evaluation.metrics import Quality, hit, ndcg, recall, reciprocal_rank

RANKING = ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(("relevant", "depth", "expected"), [("a", 1, 1), ("b", 1, 0), ("b", 2, 1)])
def test_a_hit_is_anything_relevant_within_the_depth(
    relevant: str, depth: int, expected: int
) -> None:
    assert hit(RANKING, {relevant}, depth) == expected


def test_recall_is_the_part_of_the_relevant_that_was_found() -> None:
    assert recall(RANKING, {"a", "e", "z"}, 5) == pytest.approx(2 / 3)
    assert recall(RANKING, {"a", "e", "z"}, 4) == pytest.approx(1 / 3)
    assert recall([], {"a"}, 5) == 0


def test_the_reciprocal_rank_is_that_of_the_first_that_is_relevant() -> None:
    assert reciprocal_rank(RANKING, {"c", "d"}, 10) == pytest.approx(1 / 3)
    assert reciprocal_rank(RANKING, {"c"}, 2) == 0
    assert reciprocal_rank([], {"c"}, 10) == 0


def test_ndcg_of_one_relevant_document_depends_on_its_rank_alone() -> None:
    assert ndcg(RANKING, {"a"}, 10) == 1
    assert ndcg(RANKING, {"b"}, 10) == pytest.approx(1 / log2(3))
    assert ndcg(RANKING, {"e"}, 4) == 0


def test_ndcg_of_several_is_measured_by_the_best_order_there_could_be() -> None:
    gained = 1 / log2(3) + 1 / log2(5)  # "b" and "d", and "z" was not found
    ideal = 1 + 1 / log2(3) + 1 / log2(4)

    assert ndcg(RANKING, {"b", "d", "z"}, 10) == pytest.approx(gained / ideal)


def test_ndcg_does_not_ask_for_more_than_its_depth_can_show() -> None:
    many = {str(number) for number in range(30)}

    assert ndcg([str(number) for number in range(30)], many, 10) == pytest.approx(1)


def test_the_quality_of_several_queries_is_the_mean() -> None:
    quality = Quality.of([["a", "b"], ["b", "a"], []], [{"a"}, {"a"}, {"a"}])

    assert quality.hit_at_1 == pytest.approx(1 / 3)
    assert quality.recall_at_5 == quality.recall_at_10 == pytest.approx(2 / 3)
    assert quality.mrr_at_10 == pytest.approx((1 + 0.5) / 3)
    assert quality.ndcg_at_10 == pytest.approx((1 + 1 / log2(3)) / 3)


def test_the_measures_have_their_usual_names() -> None:
    assert Quality.names() == ["hit@1", "recall@5", "recall@10", "mrr@10", "ndcg@10"]
