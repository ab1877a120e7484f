"""The report of what was searched: figures, lists, and who may read it."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from search.models import LoggedSearch, ResultUse, SearchPreference
from search.services.reporting import SearchReport, search_report
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import UserFactory, administrator

pytestmark = pytest.mark.django_db
REPORT = "/api/search/report"


def searched(query: str = "", *, uses: int = 0, rank: int | None = 1, **columns: Any) -> None:
    """A search of today, and so many tools that were used of it."""
    defaults = {"at": NOW, "surface": "api", "kinds": "tool", "results": 3, "duration_ms": 5.0}
    known = {"characters": len(query), "words": 1, "filtered": False, "offset": 0}
    search = LoggedSearch.objects.create(
        id=uuid4(), query=query, shown=b"", **{"degraded": False} | defaults | known | columns
    )
    for number in range(uses):
        tool, kind = f"tool_{number}", ResultUse.Kind.CLICK
        search.uses.create(at=NOW, kind=kind, server="org.example/x", tool=tool, rank=rank)


def report(days: int = 30) -> SearchReport:
    return search_report(days=days, now=NOW)


def test_shares_are_of_all_searches() -> None:
    searched("a", results=0, degraded=True)
    searched("b", results=0)
    searched()
    searched()

    found = report()

    assert (found.searches, found.without_result, found.degraded) == (4, 0.5, 0.25)


def test_durations_are_those_of_the_middle_and_of_nearly_all() -> None:
    for duration in range(101):
        searched(duration_ms=float(duration))

    assert (report().duration_p50, report().duration_p95) == (50, 95)


def test_the_most_frequent_queries_without_a_result_come_first() -> None:
    for query in ("b", "a", "c", "c"):
        searched(query, results=0)
    searched("", results=0)
    searched("found")

    assert report().queries_without_result == [("c", 2), ("a", 1), ("b", 1)]


def test_a_query_is_without_use_when_nobody_ever_went_on() -> None:
    searched("ignored")
    searched("ignored")
    searched("liked sometimes")
    searched("liked sometimes", uses=2)
    searched("found nothing", results=0)

    assert report().queries_without_use == [("ignored", 2)]


def test_uses_are_counted_by_rank_and_by_tool() -> None:
    searched(uses=2, rank=1)
    searched(uses=1, rank=4)
    searched(uses=1, rank=None)

    found = report()

    assert found.clicks == 4
    assert [(it.rank, it.total, it.share) for it in found.used_by_rank] == [
        (1, 2, 0.6667),
        (4, 1, 0.3333),
    ]
    assert found.used_first == 0.6667
    assert [(it.tool, it.total) for it in found.most_used_tools] == [("tool_0", 3), ("tool_1", 1)]


def test_clicks_and_calls_are_told_apart() -> None:
    searched(uses=1)
    search = LoggedSearch.objects.get()
    search.uses.create(at=NOW, kind=ResultUse.Kind.CALL, server="org.example/x", tool="tool_0")

    assert (report().clicks, report().calls) == (1, 1)


def test_older_searches_are_left_out() -> None:
    searched("old", uses=1, results=0, at=NOW - timedelta(days=8))

    assert report(days=9).searches == report(days=9).clicks == 1
    assert report(days=7).searches == report(days=7).clicks == 0
    assert report(days=7).queries_without_result == []
    assert report(days=7).most_used_tools == []


def test_without_any_search_there_is_a_report() -> None:
    found = report()

    assert (found.searches, found.without_result, found.used_first) == (0, 0, 0)
    assert found.duration_p50 is found.duration_p95 is None


def test_the_report_asks_the_same_however_much_was_searched() -> None:
    for number in range(5):
        searched(f"query {number}", uses=2)
    with assertNumQueries(10):
        report()


# --- Doors -------------------------------------------------------------------------------------


@time_machine.travel(NOW)
def test_administrators_read_it_in_the_api(test_client: APIClient) -> None:
    searched("nothing for me", results=0)
    test_client.force_authenticate(administrator())

    answer = test_client.get(REPORT, {"days": 7}).json()

    assert answer["searches"] == 1
    assert answer["queries_without_result"] == [{"value": "nothing for me", "total": 1}]


def test_nobody_else_does(test_client: APIClient) -> None:
    assert test_client.get(REPORT).status_code == 401
    test_client.force_authenticate(UserFactory.create())
    assert test_client.get(REPORT).status_code == 403


@pytest.mark.parametrize("days", ["0", "-1", "x", "9" * 30])
def test_a_wrong_time_is_refused(test_client: APIClient, days: str) -> None:
    test_client.force_authenticate(administrator())

    assert test_client.get(REPORT, {"days": days}).status_code == 400


def output(*arguments: str) -> str:
    written = StringIO()
    call_command("search_report", *arguments, stdout=written)
    return written.getvalue()


@time_machine.travel(NOW)
def test_the_command_tells_it_in_lines_that_no_query_breaks() -> None:
    searched("evil \x1b[31m query", results=0)
    searched("used", uses=1)

    lines = output("--days", "7").splitlines()

    assert lines[0] == "2 searches since 2025-12-25"
    assert "1  evil  [31m query" in lines
    assert "1  tool_0  org.example/x" in lines


@time_machine.travel(NOW)
def test_the_command_tells_it_to_programs() -> None:
    searched("used", uses=1)

    assert json.loads(output("--json"))["clicks"] == 1


def test_the_command_says_that_there_was_nothing() -> None:
    assert output().startswith("0 searches since")


@pytest.mark.parametrize("days", ["0", "3651"])
def test_the_command_refuses_a_wrong_time(days: str) -> None:
    with pytest.raises(CommandError) as refusal:
        output("--days", days)
    assert refusal.value.returncode == 2


@time_machine.travel(NOW, tick=True)
def test_the_admin_shows_it_and_escapes_what_people_typed(admin_client: Client) -> None:
    searched("<script>alert(1)</script>", results=0, uses=1)
    changelist = admin_client.get(reverse("admin:search_loggedsearch_changelist"))
    page = admin_client.get(reverse("admin:search_loggedsearch_report")).content.decode()

    assert reverse("admin:search_loggedsearch_report") in changelist.content.decode()
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page + changelist.content.decode()


@pytest.mark.parametrize("model", ["loggedsearch", "searchpreference"])
def test_rows_can_be_seen_in_the_admin_and_not_changed(admin_client: Client, model: str) -> None:
    searched("used", uses=1)
    SearchPreference.objects.create(user=UserFactory.create(), log=False)
    row = apps.get_model("search", model)._default_manager.get()

    change = admin_client.get(reverse(f"admin:search_{model}_change", args=[row.pk]))

    assert admin_client.get(reverse(f"admin:search_{model}_changelist")).status_code == 200
    assert change.status_code == 200
    assert b"Save" not in change.content
    assert admin_client.get(reverse(f"admin:search_{model}_add")).status_code == 403
