"""What becomes of features that are listed otherwise than at first, by each policy."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEvent
from servers.models import FeatureChange, FeatureKind, Server, Webhook, WebhookDelivery
from servers.services import accept_all
from tests.fixtures.factories import ServerFactory, administrator, tool_definition
from tests.fixtures.listings import (
    A2,
    A3,
    NOW,
    A,
    B,
    changes,
    follow,
    listing,
    shown,
    tool,
    undecided,
)

pytestmark = pytest.mark.django_db

State = FeatureChange.State


@pytest.fixture
def server() -> Server:
    return ServerFactory.create(name="org.example/weather")


@pytest.fixture(params=["accept", "warn", "hold"])
def any_policy(request: pytest.FixtureRequest) -> str:
    return follow(request.param)


@pytest.fixture
def hold() -> str:
    return follow("hold")


def facts(action: str) -> dict[str, Any]:
    """What the audit trail says of the one event of this kind."""
    return AuditEvent.objects.get(action=action).after or {}


# --- The baseline ------------------------------------------------------------------------------


def test_the_first_listing_is_no_drift(server: Server, any_policy: str) -> None:
    listing(server, A, B)

    server.refresh_from_db()
    assert (changes(server), sorted(shown(server))) == ([], ["a", "b"])
    assert (server.features_listed_at, server.edition) == (NOW, 1)


def test_an_empty_first_listing_is_a_baseline_too(server: Server, hold: str) -> None:
    listing(server)
    listing(server, A, after=1)

    assert (changes(server), shown(server)) == ([("a", "added", State.HELD)], {})


def test_each_kind_has_a_baseline_of_its_own(server: Server, hold: str) -> None:
    """Else the prompts of a server whose listing of prompts failed at first would all drift."""
    listing(server, A)
    listing(server, A, prompts=[{"name": "p"}], resources=[{"uri": "file:///x"}], after=1)
    listing(server, A, prompts=[{"name": "q"}], resources=[{"uriTemplate": "f://{x}"}], after=2)

    assert changes(server) == [
        ("q", "added", State.HELD),
        ("p", "removed", State.OPEN),
        ("f://{x}", "added", State.HELD),
        ("file:///x", "removed", State.OPEN),
    ]


def test_a_listing_that_does_not_tell_of_a_kind_changes_nothing_of_it(server: Server) -> None:
    listing(server, A, prompts=[{"name": "p"}])
    listing(server, A, after=1)

    assert server.prompts.current().count() == 1


# --- By policy ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drift", "description", "state"),
    [
        ("accept", A2["description"], State.ACCEPTED),
        ("warn", A2["description"], State.OPEN),
        ("hold", A["description"], State.HELD),
    ],
)
def test_a_change_is_shown_or_held_back(
    server: Server, drift: str, description: str, state: str
) -> None:
    follow(drift)
    listing(server, A)
    listing(server, A2, after=1)

    assert shown(server) == {"a": description}
    assert changes(server) == [("a", "changed", state)]
    assert tool(server).observed == (A2 if drift == "hold" else None)


@pytest.mark.parametrize(
    ("drift", "there", "state"),
    [("accept", True, State.ACCEPTED), ("warn", True, State.OPEN), ("hold", False, State.HELD)],
)
def test_what_is_new_is_shown_or_held_back(
    server: Server, drift: str, there: bool, state: str
) -> None:
    follow(drift)
    listing(server, A)
    listing(server, A, B, after=1)

    assert ("b" in shown(server), changes(server)) == (there, [("b", "added", state)])


@pytest.mark.parametrize(
    ("drift", "state"), [("accept", State.ACCEPTED), ("warn", State.OPEN), ("hold", State.OPEN)]
)
def test_what_is_gone_is_gone_by_any_policy(server: Server, drift: str, state: str) -> None:
    follow(drift)
    listing(server, A, B)
    listing(server, A, after=1)

    assert list(shown(server)) == ["a"]
    assert changes(server) == [("b", "removed", state)]


def test_the_same_drift_again_is_no_other_change(server: Server, any_policy: str) -> None:
    listing(server, A)
    listing(server, A2, B, after=1)
    server.refresh_from_db()
    before = (changes(server), server.revision, server.edition)

    listing(server, A2, B, after=2)

    server.refresh_from_db()
    assert (changes(server), server.revision, server.edition) == before


def test_drift_is_an_edition_and_a_revision_and_an_event(server: Server, hold: str) -> None:
    Webhook.objects.create(
        url="https://example.org/hook",
        secret="x",
        events=["feature.drifted"],
        created_by=administrator(),
        created_at=NOW,
    )
    listing(server, A)
    server.refresh_from_db()
    revision = server.revision
    listing(server, A2, after=1)

    server.refresh_from_db()
    assert (server.edition, server.revision) == (2, revision + 1)
    assert facts("server.drift")["tools"] == {"changed": {"count": 1, "names": ["a"]}}
    told = WebhookDelivery.objects.get().payload["data"]
    assert (told["policy"], told["count"]) == ("hold", 1)
    change = {"kind": "tool", "name": "a", "change": "changed", "state": "held"}
    assert told["changes"] == [change]


# --- Twice, and back ---------------------------------------------------------------------------


@pytest.mark.parametrize("drift", ["warn", "hold"])
def test_what_changes_twice_is_one_change_from_the_approved(server: Server, drift: str) -> None:
    follow(drift)
    listing(server, A)
    listing(server, A2, after=1)
    listing(server, A3, after=2)

    change = undecided(server)
    assert (change.before, change.after) == (A, A3)
    assert [state for *_, state in changes(server)] == [State.SUPERSEDED, change.state]


@pytest.mark.parametrize("drift", ["warn", "hold"])
def test_what_changes_back_is_no_change(server: Server, drift: str) -> None:
    follow(drift)
    listing(server, A)
    listing(server, A2, after=1)
    listing(server, A, after=2)

    assert changes(server) == [("a", "changed", State.SUPERSEDED)]
    assert (tool(server).observed, tool(server).definition) == (None, A)


@pytest.mark.parametrize("drift", ["warn", "hold"])
def test_what_is_new_and_gone_again_is_no_change(server: Server, drift: str) -> None:
    follow(drift)
    listing(server, A)
    listing(server, A, B, after=1)
    listing(server, A, after=2)

    assert changes(server) == [("b", "added", State.SUPERSEDED)]
    assert list(shown(server)) == ["a"]


@pytest.mark.parametrize("drift", ["warn", "hold"])
def test_what_is_gone_and_back_as_it_was_is_no_change(server: Server, drift: str) -> None:
    follow(drift)
    listing(server, A)
    listing(server, after=1)
    listing(server, A, after=2)

    assert changes(server) == [("a", "removed", State.SUPERSEDED)]
    assert shown(server) == {"a": A["description"]}


def test_what_comes_back_otherwise_is_held_at_what_was_approved(server: Server, hold: str) -> None:
    listing(server, A)
    listing(server, after=1)
    listing(server, A2, after=2)

    assert shown(server) == {"a": A["description"]}
    assert (undecided(server).before, undecided(server).after) == (A, A2)


def test_what_comes_back_after_its_removal_was_accepted_is_new(server: Server, hold: str) -> None:
    listing(server, A)
    listing(server, after=1)
    accept_all(server=server, by=None, now=NOW)
    listing(server, A, after=2)

    assert (shown(server), undecided(server).change) == ({}, "added")


def test_a_held_newcomer_that_changes_is_still_held(server: Server, hold: str) -> None:
    listing(server)
    listing(server, A, after=1)
    listing(server, A2, after=2)

    assert (shown(server), undecided(server).before, undecided(server).after) == ({}, None, A2)


def test_a_stricter_policy_shows_again_what_was_approved(server: Server) -> None:
    follow("warn")
    listing(server, A)
    listing(server, A2, after=1)
    follow("hold")
    listing(server, A3, after=2)

    assert shown(server) == {"a": A["description"]}
    assert tool(server).observed == A3


def test_a_looser_policy_decides_nothing_by_itself(server: Server, hold: str) -> None:
    listing(server, A)
    listing(server, A2, after=1)
    follow("accept")
    listing(server, A2, after=2)

    assert shown(server) == {"a": A["description"]}
    assert undecided(server).state == State.HELD


# --- Bounds ------------------------------------------------------------------------------------


def test_a_server_that_never_lists_the_same_twice_fills_no_disk(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servers.services.drift.MOST_DECIDED_CHANGES", 3)
    monkeypatch.setattr("servers.services.drift.MOST_REMOVED_FEATURES", 2)
    follow("accept")
    for minute in range(8):
        listing(server, tool_definition(f"t{minute}"), after=minute)

    assert server.feature_changes.count() == 3
    assert sorted(server.tools.values_list("name", flat=True)) == ["t5", "t6", "t7"]


def test_what_is_undecided_is_never_forgotten(
    server: Server, monkeypatch: pytest.MonkeyPatch, hold: str
) -> None:
    monkeypatch.setattr("servers.services.drift.MOST_DECIDED_CHANGES", 0)
    listing(server)
    listing(server, A, B, after=1)
    listing(server, A2, B, after=2)

    assert changes(server) == [("b", "added", State.HELD), ("a", "added", State.HELD)]


def test_kinds_are_told_apart(server: Server, hold: str) -> None:
    """A prompt of a tool's name is another feature."""
    listing(server, A, prompts=[{"name": "a"}])
    listing(server, A2, prompts=[{"name": "a"}], after=1)

    assert undecided(server).kind == FeatureKind.TOOL
    assert list(server.prompts.with_drifted().values_list("drifted", flat=True)) == [False]


def test_a_listing_that_says_the_same_costs_little_however_long(
    server: Server, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    tools = [tool_definition(f"t{number}") for number in range(100)]
    listing(server, *tools, prompts=[{"name": "p"}], resources=[{"uri": "f://x"}])

    with django_assert_max_num_queries(10):  # two of them the savepoint's
        listing(server, *tools, prompts=[{"name": "p"}], resources=[{"uri": "f://x"}], after=1)


def test_a_listing_that_differs_costs_the_same_however_much(
    server: Server, hold: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    listing(server, *(tool_definition(f"t{number}") for number in range(100)))
    other = [tool_definition(f"t{number}", description="Other.") for number in range(50, 150)]

    with django_assert_max_num_queries(40):
        listing(server, *other, after=1)

    assert FeatureChange.objects.undecided().count() == 150
