"""How many queries each address that reads asks of the database, compared with what it was.

The addresses are the program's own: a new one fails until its numbers stand in
``tests/query_counts.json``. Write them anew and read the difference before it is committed:

    pytest tests/integration/repositories/test_query_counts.py --update-query-counts
"""

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.access import Role
from accounts.models import Grant, Team
from servers.models import Tool, Webhook
from tests.fixtures.factories import administrator, member_of
from tests.fixtures.full_catalogue import NAME, add_one_of_everything, start_catalogue
from tests.integration.core.test_routes import ROUTES, Route

pytestmark = pytest.mark.django_db

BASELINE = Path(__file__).parent.parent.parent / "query_counts.json"
FEW, MANY = 3, 30
# What an address needs to be answered at all; everything else in it is in ``samples``.
QUERIES = {"/api/search": "q=weather", "/api/suggest": "q=s", "/api/servers": "count=true"}
# Files, whose queries depend on when the test reads them, and what is read once a deployment.
LEFT_OUT = {
    "/api/audit/export",
    "/api/servers/export",
    "/api/servers/allow-list",
    "/api/schema",
    "/api/docs",
}
# Counts of queries by who asks; ``None``: they get no answer.
Counts = dict[str, int | None]


def reads(route: Route) -> bool:
    """Whether it is an address of one of our APIs that answers GET."""
    actions = getattr(route.view, "actions", None)
    answers = "get" in actions if actions else hasattr(route.view.cls, "get")
    return answers and route.address not in LEFT_OUT


ADDRESSES = sorted({route.address for route in ROUTES if route.is_api and reads(route)})


def samples(address: str) -> dict[str, str]:
    """A value for each parameter of an address."""
    webhook = str(Webhook.objects.earliest("pk").pk)
    if address.startswith("/api/sources"):
        return {"slug": "first"}
    if address.startswith("/api/webhooks"):
        return {"id": webhook, "webhook_id": webhook}
    return {
        "name": NAME,
        "serverName": NAME,
        "version": "1.0.0",
        "tool": Tool.objects.filter(server__name=NAME)[0].name,
        "pattern": "*",
        "slug": "default",
        "username": "member",
        "id": str(Grant.objects.latest("pk").public_id),
    }


def people() -> dict[str, Any]:
    return {
        "visitor": AnonymousUser(),
        "member": member_of(Team.objects.default(), Role.MAINTAINER, username="member"),
        "administrator": administrator(username="administrator"),
    }


def count_queries(address: str, who: Any) -> int | None:
    cache.clear()
    client, path = APIClient(), address
    client.force_authenticate(who if who.is_authenticated else None)
    for name, value in samples(address).items():
        path = path.replace(f"<{name}>", value)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(f"{path}?{QUERIES.get(address, '')}")
    return len(asked) if answer.status_code == 200 else None


@pytest.fixture(scope="module")
def counted(django_db_setup: None, django_db_blocker: Any) -> dict[str, tuple[Counts, Counts]]:
    """What each address asks among a few rows, and among many. Nothing of it stays."""
    with django_db_blocker.unblock(), transaction.atomic():
        start_catalogue()
        everybody = people()
        few = _counts_among(FEW, everybody)
        many = _counts_among(MANY - FEW, everybody)
        transaction.set_rollback(True)
    return {address: (few[address], many[address]) for address in ADDRESSES}


def _counts_among(added: int, everybody: dict[str, Any]) -> dict[str, Counts]:
    """The numbers once there are so many rows more of everything."""
    for _ in range(added):
        add_one_of_everything(everybody["member"])
    return {
        address: {name: count_queries(address, who) for name, who in everybody.items()}
        for address in ADDRESSES
    }


@pytest.fixture(scope="module")
def baseline(
    request: pytest.FixtureRequest, counted: dict[str, tuple[Counts, Counts]]
) -> dict[str, Counts]:
    if request.config.getoption("--update-query-counts"):
        found = {address: few for address, (few, _) in counted.items()}
        BASELINE.write_text(json.dumps(found, indent=2) + "\n")
    stored: dict[str, Counts] = json.loads(BASELINE.read_text())
    return stored


@pytest.mark.parametrize("address", ADDRESSES)
def test_more_rows_ask_no_more_queries(
    address: str, counted: dict[str, tuple[Counts, Counts]]
) -> None:
    few, many = counted[address]

    assert many == few


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_number_of_queries_is_what_it_was(
    address: str, counted: dict[str, tuple[Counts, Counts]], baseline: dict[str, Counts]
) -> None:
    assert counted[address][0] == baseline.get(address)


def test_no_number_is_kept_of_an_address_that_is_gone(baseline: dict[str, Counts]) -> None:
    assert list(baseline) == ADDRESSES
