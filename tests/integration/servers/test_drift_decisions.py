"""What reviewers decide about features that changed, and what is shown from then on."""

from typing import Any

import pytest

from accounts.models import AuditEvent
from servers.models import FeatureChange, Server
from servers.services import (
    AlreadyDecided,
    Decision,
    StaleWrite,
    accept_all,
    decide_change,
    decide_changes,
)
from tests.fixtures.factories import ServerFactory
from tests.fixtures.listings import (
    A2,
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


@pytest.fixture
def hold() -> str:
    return follow("hold")


def decide(change: FeatureChange, decision: Decision, **options: Any) -> None:
    decide_change(change=change, decision=decision, by=None, reason="So be it.", now=NOW, **options)


@pytest.mark.parametrize("drift", ["warn", "hold"])
def test_what_is_accepted_is_shown(server: Server, drift: str) -> None:
    follow(drift)
    listing(server, A)
    listing(server, A2, B, after=1)

    assert accept_all(server=server, by=None, now=NOW) == 2

    assert shown(server) == {"a": A2["description"], "b": B["description"]}
    assert {state for *_, state in changes(server)} == {State.ACCEPTED}
    assert tool(server).observed is None
    assert accept_all(server=server, by=None, now=NOW) == 0


@pytest.mark.parametrize("drift", ["warn", "hold"])
def test_what_is_rejected_stays_as_it_was_approved(server: Server, drift: str) -> None:
    follow(drift)
    listing(server, A)
    listing(server, A2, B, after=1)
    for change in FeatureChange.objects.undecided():
        decide(change, Decision.REJECT)
    listing(server, A2, B, after=2)

    assert shown(server) == {"a": A["description"]}
    assert [state for *_, state in changes(server)] == [State.REJECTED] * 2
    drifted = dict(server.tools.with_drifted().values_list("name", "drifted"))
    assert drifted == {"a": True, "b": True}


def test_a_decision_says_who_when_and_why(server: Server, hold: str) -> None:
    listing(server, A)
    listing(server, A2, after=1)
    change = undecided(server)

    decide(change, Decision.ACCEPT)

    assert (change.state, change.decided_at, change.reason) == (State.ACCEPTED, NOW, "So be it.")
    after = AuditEvent.objects.get(action="server.drift_decided").after or {}
    assert (after["decision"], after["reason"], after["edition"]) == ("accept", "So be it.", 3)


def test_nothing_is_decided_twice(server: Server, hold: str) -> None:
    listing(server, A, B)
    listing(server, A2, after=1)
    first, second = FeatureChange.objects.undecided().order_by("pk")
    decide(first, Decision.ACCEPT)

    with pytest.raises(AlreadyDecided, match=r"tool a changed: accepted"):
        decide_changes(
            server=server, changes=[first, second], decision=Decision.REJECT, by=None, now=NOW
        )

    second.refresh_from_db()
    assert second.state == State.OPEN


def test_a_decision_on_what_was_not_seen_is_refused(server: Server, hold: str) -> None:
    listing(server, A)
    listing(server, A2, after=1)

    with pytest.raises(StaleWrite):
        decide(undecided(server), Decision.ACCEPT, expected=1)
