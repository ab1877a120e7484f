"""registry_site.lib.keyset on real rows: every row once, in order, forward and backward."""

from datetime import timedelta

import pytest
from django.core.signing import Signer
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from accounts.access import Action, Role
from accounts.models import Grant
from accounts.services import ANONYMOUS, Principal, principal_of_user
from registry_site.lib.keyset import InvalidCursor, page_of
from servers.models import Server
from tests.fixtures.factories import (
    CREATED_AT,
    ServerFactory,
    TeamFactory,
    administrator,
    member_of,
)

pytestmark = pytest.mark.django_db

ORDERS = [
    ("name",),
    ("-name",),
    ("updated_at", "name"),
    ("-updated_at", "-name"),
    ("health_state", "name"),
    ("-pk",),
]


@pytest.fixture
def servers() -> None:
    """Seven, of which some are equal in each column that is not unique."""
    for number, letter in enumerate("dbgacef"):
        ServerFactory.create(
            name=f"org.example/{letter}",
            updated_at=CREATED_AT + timedelta(microseconds=number // 3),
            health_state=["healthy", "unknown"][number % 2],
        )


def forward(rows: QuerySet[Server], limit: int) -> list[list[Server]]:
    """The pages, each found by the cursor of the one before."""
    page = page_of(rows, limit=limit)
    pages = [page.rows]
    while page.next:
        page = page_of(rows, limit=limit, cursor=page.next)
        pages.append(page.rows)
    return pages


def backward(rows: QuerySet[Server], limit: int, cursor: str | None) -> list[list[Server]]:
    """The pages before ``cursor``, the nearest first."""
    pages = []
    while cursor:
        page = page_of(rows, limit=limit, cursor=cursor)
        pages.append(page.rows)
        cursor = page.previous
    return pages


@pytest.mark.usefixtures("servers")
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
@pytest.mark.parametrize("order", ORDERS, ids=",".join)
def test_the_pages_are_the_list(order: tuple[str, ...], limit: int) -> None:
    rows = Server.objects.order_by(*order)

    pages = forward(rows, limit)

    assert [row for page in pages for row in page] == list(rows)
    assert {len(page) for page in pages[:-1]} <= {limit}


@pytest.mark.usefixtures("servers")
@pytest.mark.parametrize("order", ORDERS, ids=",".join)
def test_the_way_back_passes_the_same_pages(order: tuple[str, ...]) -> None:
    rows = Server.objects.order_by(*order)
    pages = forward(rows, 2)
    last = page_of(rows, limit=2)
    while last.next:
        last = page_of(rows, limit=2, cursor=last.next)

    assert backward(rows, 2, last.previous) == pages[-2::-1]


@pytest.mark.usefixtures("servers")
def test_on_the_way_back_there_is_a_way_on() -> None:
    rows = Server.objects.order_by("name")
    second = page_of(rows, limit=2, cursor=page_of(rows, limit=2).next)

    first = page_of(rows, limit=2, cursor=second.previous)

    assert (first.previous, page_of(rows, limit=2, cursor=first.next).rows) == (None, second.rows)


@pytest.mark.usefixtures("servers")
def test_rows_that_come_and_go_move_no_other() -> None:
    rows = Server.objects.order_by("name")
    first = page_of(rows, limit=3)

    ServerFactory.create(name="org.example/a-new")
    first.rows[2].delete()

    shown = page_of(rows, limit=2, cursor=first.next).rows
    assert [row.name[-1] for row in shown] == ["d", "e"]


@pytest.mark.usefixtures("servers")
def test_a_page_of_which_nothing_is_left_leads_nowhere() -> None:
    rows = Server.objects.order_by("name")
    cursor = page_of(rows, limit=3).next
    Server.objects.filter(name__gt="org.example/c").delete()

    page = page_of(rows, limit=3, cursor=cursor)

    assert (page.rows, page.next, page.previous) == ([], None, None)


@pytest.mark.usefixtures("servers")
@pytest.mark.parametrize(
    "cursor",
    ["", "x", "W10", pytest.param(Signer().sign_object(["name", ["a"], False]), id="foreign")],
)
def test_what_was_not_given_out_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor, match="no cursor of this registry"):
        page_of(Server.objects.order_by("name"), limit=2, cursor=cursor)


@pytest.mark.usefixtures("servers")
def test_a_cursor_of_another_order_is_refused() -> None:
    cursor = page_of(Server.objects.order_by("name"), limit=2).next

    with pytest.raises(InvalidCursor, match="another order"):
        page_of(Server.objects.order_by("-name"), limit=2, cursor=cursor)


@pytest.mark.parametrize("order", [("updated_at", "-name"), ("updated_at",), ("name", "title")])
def test_an_order_that_is_none_is_an_error_of_the_program(order: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="are not all|do not end"):
        page_of(Server.objects.order_by(*order), limit=2)


@pytest.mark.usefixtures("servers")
@pytest.mark.parametrize("order", ORDERS[:-1], ids=",".join)
def test_a_page_is_one_step_into_an_index(order: tuple[str, ...]) -> None:
    plan = plan_of_second_page(Server.objects.order_by(*order))

    assert len(plan) == 1
    assert plan[0].startswith("SEARCH servers_server USING INDEX")


@pytest.mark.usefixtures("servers")
@pytest.mark.parametrize("who", ["visitor", "member", "with grants", "administrator"])
def test_permissions_filter_along_the_index(who: str) -> None:
    plan = plan_of_second_page(Server.objects.visible_to(principal_called(who)))

    assert "SEARCH servers_server USING INDEX sqlite_autoindex_servers_server_1 (name>?)" in plan
    assert not [step for step in plan if "TEMP B-TREE" in step or step.startswith("SCAN")]


def principal_called(who: str) -> Principal:
    if who == "visitor":
        return ANONYMOUS
    if who == "administrator":
        return principal_of_user(administrator())
    member = member_of(TeamFactory.create(), Role.MAINTAINER)
    if who == "with grants":
        Grant.objects.create(
            user=member, action=Action.EDIT, pattern="org.example/*", created_at=CREATED_AT
        )
    return principal_of_user(member)


def plan_of_second_page(rows: QuerySet[Server]) -> list[str]:
    """How SQLite goes about it."""
    if connection.vendor != "sqlite":
        pytest.skip("reads the plan of SQLite")
    cursor = page_of(rows, limit=2).next
    assert cursor
    with CaptureQueriesContext(connection) as asked:
        page_of(rows, limit=2, cursor=cursor)
    with connection.cursor() as database:
        database.execute("EXPLAIN QUERY PLAN " + asked.captured_queries[-1]["sql"])
        return [step for *_, step in database.fetchall()]
