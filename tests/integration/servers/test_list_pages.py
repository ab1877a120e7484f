"""GET /api/servers page by page, as a client follows the links."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.fixtures.factories import ServerFactory, administrator

pytestmark = pytest.mark.django_db

PARTS = [
    "changes",
    "credentials",
    "findings",
    "grants",
    "history",
    "prompts",
    "resources",
    "tools",
    "versions",
]
NAMES = [f"org.example/{letter}" for letter in "abcde"]


@pytest.fixture(autouse=True)
def servers() -> None:
    for name in reversed(NAMES):
        ServerFactory.create(name=name)
    ServerFactory.create(name="org.example/a-hidden", enabled=False)


def page(address: str) -> dict[str, Any]:
    answer: dict[str, Any] = APIClient().get(address).json()
    return answer


def names(answer: dict[str, Any]) -> list[str]:
    return [server["name"] for server in answer["results"]]


@pytest.mark.parametrize("ordering", ["name", "-name", "-updated_at", "created_at"])
def test_the_links_lead_through_the_list_and_back(ordering: str) -> None:
    expected = NAMES[::-1] if ordering.startswith("-") else NAMES
    first = page(f"/api/servers?limit=2&ordering={ordering}")
    second = page(first["next"])
    third = page(second["next"])

    assert names(first) + names(second) + names(third) == expected
    assert (first["previous"], third["next"]) == (None, None)
    assert page(third["previous"])["results"] == second["results"]


def test_filters_go_along_with_the_links() -> None:
    first = page("/api/servers?limit=1&q=example&team=default")

    assert names(page(first["next"])) == [NAMES[1]]


@pytest.mark.parametrize(("query", "total"), [("", 5), ("&q=example/c", 1), ("&limit=1", 5)])
def test_the_count_is_of_what_the_caller_sees(query: str, total: int) -> None:
    assert page(f"/api/servers?count=true{query}")["count"] == total


def test_an_administrator_counts_more() -> None:
    client = APIClient()
    client.force_authenticate(administrator())

    assert client.get("/api/servers?count=true").json()["count"] == 6


@pytest.mark.parametrize(
    "query",
    ["cursor=x", "cursor=", "offset=1", "count=1", "ordering=name,created_at", "limit=0"],
)
def test_what_is_no_page_is_refused_at_its_parameter(query: str) -> None:
    answer = APIClient().get(f"/api/servers?{query}")

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [query.partition("=")[0]]


@pytest.mark.parametrize(
    "address",
    [
        *(f"servers/{NAMES[0]}/{what}" for what in PARTS),
        "policies",
        "sources",
        f"servers/{NAMES[0]}/versions/latest/diff",
    ],
)
def test_a_parameter_that_nothing_knows_is_refused_by_every_list(address: str) -> None:
    client = APIClient()
    client.force_authenticate(administrator())

    assert client.get(f"/api/{address}").status_code == 200
    answer = client.get(f"/api/{address}?limt=1")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["limt"]


def test_a_cursor_is_for_the_order_it_was_given_in() -> None:
    following = page("/api/servers?limit=2&ordering=name")["next"]

    assert APIClient().get(following.replace("ordering=name", "ordering=-name")).status_code == 400
