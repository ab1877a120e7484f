"""registry_site.lib.pagination: how a list is cut."""

import pytest
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from registry_site.lib.pagination import LARGEST_OFFSET, Pagination


def test_a_page_holds_fifty_unless_told() -> None:
    assert Pagination().get_limit(request("")) == 50
    assert Pagination().get_offset(request("")) == 0


def test_a_page_holds_what_was_asked_for_up_to_two_hundred() -> None:
    assert Pagination().get_limit(request("limit=7")) == 7
    assert Pagination().get_limit(request("limit=1000")) == 200


def test_an_offset_no_database_knows_is_cut_to_one_it_does() -> None:
    assert Pagination().get_offset(request(f"offset={10**30}")) == LARGEST_OFFSET


@pytest.mark.parametrize("limit", ["0", "-1", "ten", "", "1.5", "9" * 5000])
def test_a_limit_that_is_no_number_from_one_on_is_refused(limit: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Pagination().get_limit(request(f"limit={limit}"))
    assert refused.value.detail == {"limit": ["Must be a whole number from 1 on."]}


@pytest.mark.parametrize("offset", ["-1", "ten", ""])
def test_an_offset_that_is_no_number_from_zero_on_is_refused(offset: str) -> None:
    with pytest.raises(ValidationError):
        Pagination().get_offset(request(f"offset={offset}"))


def test_a_page_answers_its_count_and_its_neighbours() -> None:
    pagination = Pagination()
    page = pagination.paginate_queryset(list(range(5)), request("limit=2&offset=2"))

    answer = pagination.get_paginated_response(page).data

    assert answer["results"] == [2, 3]
    assert answer["count"] == 5
    assert answer["next"].endswith("?limit=2&offset=4")
    assert answer["previous"].endswith("?limit=2")


def request(query: str) -> Request:
    return Request(APIRequestFactory().get(f"/api/servers?{query}"))
