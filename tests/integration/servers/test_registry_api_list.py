"""`GET /v0.1/servers`: what it holds, how it is narrowed, and how a mirror follows it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.access import Role
from accounts.models import Team
from registry_site.lib.canonical_json import fingerprint
from servers.access import Visibility
from servers.models import HealthState, ReviewState, Server, ServerVersion, Status
from servers.services import delete_server, publish_version, set_status
from tests.fixtures.factories import (
    CREATED_AT,
    ServerFactory,
    ServerVersionFactory,
    TeamFactory,
    ToolFactory,
    UserFactory,
    administrator,
    document,
    maintainer,
    member_of,
)
from tests.fixtures.official_registry import OFFICIAL_META
from tests.fixtures.registry_clients import with_token

pytestmark = pytest.mark.django_db

LIST = "/v0.1/servers"
FACTS = "dev.rollcall.registry/facts"
LATER = CREATED_AT + timedelta(days=1)


def listed(client: APIClient | None = None, **query: Any) -> dict[str, Any]:
    answer = (client or APIClient()).get(LIST, query)
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def shown(client: APIClient | None = None, **query: Any) -> list[tuple[str, str]]:
    """The names and versions of all pages, two entries each."""
    pages = [listed(client, limit=2, **query)]
    while cursor := pages[-1]["metadata"].get("nextCursor"):
        pages.append(listed(client, limit=2, cursor=cursor))
    assert all(page["metadata"]["count"] == len(page["servers"]) for page in pages)
    entries = [entry["server"] for page in pages for entry in page["servers"]]
    return [(entry["name"].partition("/")[2], entry["version"]) for entry in entries]


def server_of(name: str, **columns: Any) -> Server:
    server: Server = ServerFactory.create(name=f"org.example/{name}", **columns)
    return server


# --- What an entry says ------------------------------------------------------------------------


def test_an_entry_is_the_document_and_what_registries_say_of_it() -> None:
    server = server_of("tides", category="weather", tags=["sea", "moon"])
    ToolFactory.create_batch(2, server=server)

    (entry,) = listed()["servers"]

    assert entry["server"] == server.latest_version.document
    assert entry["_meta"] == {
        OFFICIAL_META: {
            "status": "active",
            "statusChangedAt": "2026-01-01T12:00:00Z",
            "publishedAt": "2026-01-01T12:00:00Z",
            "updatedAt": "2026-01-01T12:00:00Z",
            "isLatest": True,
        },
        FACTS: {
            "health": {"state": "unknown"},
            "reviewState": "approved",
            "toolCount": 2,
            "category": "weather",
            "tags": ["moon", "sea"],
        },
    }


def test_a_message_of_the_status_and_the_last_check_are_told() -> None:
    server = server_of("tides", health_state=HealthState.HEALTHY, health_checked_at=LATER)
    set_status(server=server, status=Status.DEPRECATED, message="Use winds.", now=LATER)

    meta = listed()["servers"][0]["_meta"]

    assert meta[OFFICIAL_META]["status"] == "deprecated"
    assert meta[OFFICIAL_META]["statusMessage"] == "Use winds."
    assert meta[OFFICIAL_META]["statusChangedAt"] == "2026-01-02T12:00:00Z"
    assert meta[FACTS]["health"] == {"state": "healthy", "checkedAt": "2026-01-02T12:00:00Z"}


def test_the_team_is_told_to_who_is_signed_in() -> None:
    server_of("tides")

    told = listed(with_token(UserFactory.create()))["servers"][0]["_meta"][FACTS]

    assert told["team"] == "default"


# --- Who sees what -----------------------------------------------------------------------------


def test_the_list_holds_what_the_caller_may_see() -> None:
    server_of("public")
    server_of("team", visibility=Visibility.TEAM)
    server_of("private", visibility=Visibility.PRIVATE)
    server_of("disabled", enabled=False)

    assert shown() == [("public", "1.0.0")]
    assert [name for name, _ in shown(with_token(maintainer()))] == ["disabled", "public", "team"]
    assert len(shown(with_token(administrator()))) == 4
    limited = with_token(administrator(), scopes=["view:org.example/team"])
    assert shown(limited) == [("team", "1.0.0")]


@pytest.mark.parametrize("state", set(ReviewState) - {ReviewState.APPROVED})
def test_what_is_not_approved_is_listed_for_nobody(state: ReviewState) -> None:
    server = server_of("tides")
    ServerVersionFactory.create(server=server, version="2.0.0", is_latest=False, review_state=state)

    assert shown(with_token(administrator())) == [("tides", "1.0.0")]


def test_a_session_of_a_browser_proves_nothing_here(settings: Settings) -> None:
    settings.ANONYMOUS_READ = False
    browser = APIClient()
    browser.force_login(administrator())

    assert browser.get(LIST).status_code == 401


def test_visitors_are_never_refused_where_they_may_read_but_a_wrong_token_is() -> None:
    server_of("tides")
    basic = APIClient(headers={"Authorization": "Basic dGlkZXM6dGlkZXM="})
    wrong = APIClient(headers={"Authorization": "Bearer rollcall_wrong"})

    assert shown(basic) == [("tides", "1.0.0")]
    refused = wrong.get(LIST)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].endswith('/oauth-protected-resource"')


# --- Narrowed ----------------------------------------------------------------------------------


@pytest.fixture
def catalogue() -> None:
    for name in ("winds", "Tides", "moon"):
        server = server_of(name, description=f"About {name} and Weather.", version__version="2.0")
        ServerVersionFactory.create(server=server, version="1.0", is_latest=False)


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["moon 2.0", "moon 1.0", "Tides 2.0", "Tides 1.0", "winds 2.0", "winds 1.0"]),
        ({"version": "latest"}, ["moon 2.0", "Tides 2.0", "winds 2.0"]),
        ({"version": "1.0"}, ["moon 1.0", "Tides 1.0", "winds 1.0"]),
        ({"version": "3.0"}, []),
        ({"search": "TID"}, ["Tides 2.0", "Tides 1.0"]),
        ({"search": "about moon"}, ["moon 2.0", "moon 1.0"]),
        ({"search": "%"}, []),
        ({"search": "example/w", "version": "latest"}, ["winds 2.0"]),
        ({"unknown": "parameter", "version": "latest"}, ["moon 2.0", "Tides 2.0", "winds 2.0"]),
    ],
)
def test_filters_narrow_the_list_on_every_page(query: dict[str, str], expected: list[str]) -> None:
    assert [" ".join(row) for row in shown(**query)] == expected


@pytest.mark.usefixtures("catalogue")
def test_a_parameter_that_is_empty_was_not_given() -> None:
    empty = dict.fromkeys(["search", "cursor", "version", "updated_since", "limit"], "")

    assert len(listed(**empty)["servers"]) == 6


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten"])
def test_a_limit_out_of_bounds_is_refused_in_both_worlds_words(limit: str) -> None:
    answer = APIClient().get(LIST, {"limit": limit})

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["error"] == body["detail"] == body["errors"][0]["message"]
    assert (body["title"], body["errors"][0]["field"]) == ("Bad Request", "limit")


@pytest.mark.usefixtures("catalogue")
def test_a_cursor_shows_nobody_more_than_he_may_see() -> None:
    mine = listed(with_token(administrator()), limit=1)["metadata"]["nextCursor"]
    Server.objects.update(visibility=Visibility.PRIVATE)

    assert listed(cursor=mine)["servers"] == []


@pytest.mark.usefixtures("catalogue")
def test_pages_neither_repeat_nor_miss_what_stays_while_others_come_and_go() -> None:
    first = listed(limit=3)
    server_of("aaa")
    Server.objects.get(name="org.example/moon").delete()

    rest = listed(cursor=first["metadata"]["nextCursor"])["servers"]

    names = [entry["server"]["name"] for entry in rest]
    assert names == ["org.example/Tides", "org.example/winds", "org.example/winds"]


# --- Followed by a mirror ----------------------------------------------------------------------


def test_a_deleted_version_is_listed_where_that_is_asked_for() -> None:
    server = server_of("tides")
    ServerVersionFactory.create(server=server, version="0.9", is_latest=False)
    set_status(server=server, status=Status.DELETED, versions=["0.9"], now=LATER)

    assert shown() == [("tides", "1.0.0")]
    assert shown(include_deleted="true") == [("tides", "1.0.0"), ("tides", "0.9")]
    assert shown(updated_since=LATER.isoformat()) == [("tides", "0.9")]


def test_a_deleted_server_leaves_tombstones_for_who_could_see_it() -> None:
    for name, visibility in [("public", Visibility.PUBLIC), ("team", Visibility.TEAM)]:
        delete_server(server=server_of(name, visibility=visibility), message="Gone.", now=LATER)

    since = {"updated_since": LATER.isoformat()}
    assert shown() == []
    assert shown(**since) == [("public", "1.0.0")]
    assert shown(with_token(maintainer()), **since) == [("public", "1.0.0"), ("team", "1.0.0")]
    (tombstone,) = listed(include_deleted="true")["servers"]
    assert tombstone["server"]["description"]
    assert tombstone["_meta"][OFFICIAL_META]["status"] == "deleted"
    assert tombstone["_meta"][OFFICIAL_META]["statusMessage"] == "Gone."


def test_a_tombstone_says_nothing_of_what_the_server_is_now() -> None:
    server = server_of("tides", category="secret", tags=["secret"])
    delete_server(server=server, now=LATER)

    for client in (APIClient(), with_token(administrator())):
        (tombstone,) = listed(client, include_deleted="true")["servers"]
        assert list(tombstone["_meta"]) == [OFFICIAL_META]


def test_a_search_does_not_look_into_drafts() -> None:
    """Of a server whose every approved version was deleted, a draft is the latest version."""
    server = server_of("tides")
    draft = document(name=server.name, version="2.0.0", description="Moonshot")
    publish_version(server=server, document=draft, draft=True, now=LATER)
    set_status(server=server, status=Status.DELETED, versions=["1.0.0"], now=LATER)

    assert shown(include_deleted="true", search="tides") == [("tides", "1.0.0")]
    assert shown(include_deleted="true", search="Moonshot") == []


def test_what_was_hidden_or_disabled_leaves_no_tombstone() -> None:
    for columns in ({"visibility": Visibility.PRIVATE}, {"enabled": False}):
        server = server_of(f"gone-{len(columns)}-{next(iter(columns))}", **columns)
        delete_server(server=server, now=LATER)

    assert shown(include_deleted="true") == []


def test_changes_are_listed_in_their_order_so_that_late_ones_are_not_missed() -> None:
    for day, name in enumerate(["winds", "tides", "moon"], start=1):
        server = server_of(name)
        moment = CREATED_AT + timedelta(days=day)
        set_status(server=server, status=Status.DEPRECATED, message="Old.", now=moment)

    first = listed(limit=2, updated_since=LATER.isoformat())
    winds = Server.objects.get(name="org.example/winds")
    set_status(server=winds, status=Status.ACTIVE, now=CREATED_AT + timedelta(days=4))
    rest = listed(cursor=first["metadata"]["nextCursor"])

    names = [[entry["server"]["name"][12:] for entry in page["servers"]] for page in (first, rest)]
    assert names == [["winds", "tides"], ["moon", "winds"]]


# --- What a page costs -------------------------------------------------------------------------


def make_servers(count: int, team: Team) -> None:
    servers = Server.objects.bulk_create(
        Server(
            name=f"org.example/server-{n:05}",
            team=team,
            visibility=[Visibility.PUBLIC, Visibility.TEAM][n % 2],
            created_at=CREATED_AT,
            updated_at=CREATED_AT,
        )
        for n in range(count)
    )
    ServerVersion.objects.bulk_create(
        ServerVersion(
            server=server,
            version=version,
            document=document(name=server.name, version=version),
            fingerprint=fingerprint(server.name),
            is_latest=version == "1.1.0",
            published_at=CREATED_AT,
            updated_at=CREATED_AT,
            status_changed_at=CREATED_AT,
        )
        for server in servers
        for version in ("1.0.0", "1.1.0")
    )


@pytest.mark.parametrize(("who", "most"), [("visitor", 3), ("member", 7)])
def test_a_page_takes_as_many_queries_however_long_it_is(
    who: str, most: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    team = TeamFactory.create()
    make_servers(60, team)
    client = APIClient() if who == "visitor" else with_token(member_of(team, Role.VIEWER))

    for limit in (1, 50):
        with django_assert_max_num_queries(most):
            assert len(listed(client, limit=limit)["servers"]) == limit


@pytest.mark.parametrize("query", [{}, {"updated_since": "2025-01-01T00:00:00Z"}])
def test_a_page_reads_along_an_index_and_sorts_no_more_than_it_shows(
    query: dict[str, str], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("reads the plans of SQLite")
    make_servers(300, Team.objects.default())
    after = listed(limit=20, **query)["metadata"]["nextCursor"]
    with django_assert_max_num_queries(3) as asked:
        listed(limit=20, cursor=after)
    (page, *_) = [each["sql"] for each in asked.captured_queries if "servers_server" in each["sql"]]

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {page}")
        steps = [step[-1] for step in cursor.fetchall()]

    assert [step for step in steps if step.startswith("SCAN")] == []
    assert any("(name_key>?)" in step or "version_updated" in step for step in steps)
