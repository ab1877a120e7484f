"""registry_site.lib.pagination: how a list is cut."""

from typing import Any
from unittest.mock import MagicMock

import pytest
from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from registry_site.lib import pagination
from registry_site.lib.keyset import InvalidCursor, Page
from registry_site.lib.pagination import LARGEST_OFFSET, KeysetPagination, Pagination

NO_NUMBERS = ["0", "-1", "ten", "", "1.5", "9" * 5000]


def request(query: str) -> Request:
    return Request(APIRequestFactory().get(f"/api/servers?{query}"))


# --- By limit and offset -----------------------------------------------------------------------


def test_a_page_holds_fifty_unless_told() -> None:
    assert Pagination().get_limit(request("")) == 50
    assert Pagination().get_offset(request("")) == 0


def test_a_page_holds_what_was_asked_for_up_to_two_hundred() -> None:
    assert Pagination().get_limit(request("limit=7")) == 7
    assert Pagination().get_limit(request("limit=1000")) == 200


def test_an_offset_no_database_knows_is_cut_to_one_it_does() -> None:
    assert Pagination().get_offset(request(f"offset={10**30}")) == LARGEST_OFFSET


@pytest.mark.parametrize("limit", NO_NUMBERS)
def test_a_limit_that_is_no_number_from_one_on_is_refused(limit: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Pagination().get_limit(request(f"limit={limit}"))
    assert refused.value.detail == {"limit": ["Must be a whole number from 1 on."]}


@pytest.mark.parametrize("offset", ["-1", "ten", ""])
def test_an_offset_that_is_no_number_from_zero_on_is_refused(offset: str) -> None:
    with pytest.raises(ValidationError):
        Pagination().get_offset(request(f"offset={offset}"))


def test_a_page_answers_its_count_and_its_neighbours() -> None:
    paginator = Pagination()
    page = paginator.paginate_queryset(list(range(5)), request("limit=2&offset=2"))

    answer = paginator.get_paginated_response(page).data

    assert answer["results"] == [2, 3]
    assert answer["count"] == 5
    assert answer["next"].endswith("?limit=2&offset=4")
    assert answer["previous"].endswith("?limit=2")


# --- By keyset ---------------------------------------------------------------------------------


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    """What stands in for the database: a page with a neighbour on either side."""
    page: Page[Any] = Page(rows=["row"], next="a:b", previous=None)
    fake = MagicMock(return_value=page)
    monkeypatch.setattr(pagination, "page_of", fake)
    return fake


def answer_to(query: str) -> dict[str, Any]:
    rows = MagicMock(spec=QuerySet)
    rows.count.return_value = 7
    paginator = KeysetPagination()
    page = paginator.paginate_queryset(rows, request(query))
    answer: dict[str, Any] = paginator.get_paginated_response(page).data
    return answer


def test_an_answer_links_to_its_neighbours_and_counts_nothing(cut: MagicMock) -> None:
    assert answer_to("q=sky&limit=7&cursor=x") == {
        "next": "http://testserver/api/servers?cursor=a%3Ab&limit=7&q=sky",
        "previous": None,
        "results": ["row"],
    }
    assert cut.call_args.kwargs == {"limit": 7, "cursor": "x"}


def test_without_a_word_it_is_the_first_fifty(cut: MagicMock) -> None:
    answer_to("")

    assert cut.call_args.kwargs == {"limit": 50, "cursor": None}


@pytest.mark.usefixtures("cut")
def test_it_counts_when_asked() -> None:
    assert answer_to("count=true")["count"] == 7
    assert "count" not in answer_to("count=false")


@pytest.mark.parametrize(
    ("query", "field"), [("limit=0", "limit"), ("count=yes", "count"), ("count=", "count")]
)
def test_what_it_does_not_understand_is_refused(cut: MagicMock, query: str, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        answer_to(query)

    assert list(refused.value.detail) == [field]
    cut.assert_not_called()


def test_a_cursor_that_was_not_given_out_is_refused(cut: MagicMock) -> None:
    cut.side_effect = InvalidCursor("No cursor.")

    with pytest.raises(ValidationError) as refused:
        answer_to("cursor=x")

    assert refused.value.detail == {"cursor": ["No cursor."]}
