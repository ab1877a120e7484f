"""/api/grants: administrators make and revoke them, everybody reads those to themselves."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from accounts.access import Action, Role
from accounts.models import AuditEvent, Grant, Membership, Team, User
from accounts.services import GrantExists, HolderIsClosed, grant, revoke
from tests.fixtures.factories import UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def ada() -> User:
    return UserFactory.create(username="ada")


@pytest.fixture
def administrator() -> APIClient:
    client = APIClient()
    client.force_login(UserFactory.create(username="root", is_superuser=True))
    return client


def viewing(to: User | Team, pattern: str = "*", **options: Any) -> Grant:
    return grant(to=to, action=Action.VIEW, pattern=pattern, now=NOW, **options)


def wanted(**changes: Any) -> dict[str, Any]:
    body = {"user": "ada", "action": "call", "pattern": "com.example/*"} | changes
    return {name: value for name, value in body.items() if value is not None}


def test_a_grant_is_made_and_revoked(administrator: APIClient, ada: User) -> None:
    answer = administrator.post(
        "/api/grants", wanted(pattern="Com.Example/Clock", tools="get_*", note="for the demo")
    )

    assert answer.status_code == 201
    made = answer.json()
    told = {name: made[name] for name in ("user", "team", "pattern", "tools", "granted_by")}
    assert told == {
        "user": "ada",
        "team": None,
        "pattern": "com.example/clock",
        "tools": "get_*",
        "granted_by": "root",
    }
    assert administrator.get(f"/api/grants/{made['id']}").json() == made
    assert administrator.delete(f"/api/grants/{made['id']}").status_code == 204
    events = AuditEvent.objects.order_by("pk").values_list("action", "subject", "actor")
    assert [*events] == [
        ("grant.create", "com.example/clock", "root"),
        ("grant.revoke", "com.example/clock", "root"),
    ]


def test_a_team_is_granted_something(administrator: APIClient) -> None:
    answer = administrator.post("/api/grants", wanted(user=None, team="default"))

    assert answer.status_code == 201
    assert Grant.objects.get().team == Team.objects.default()


@pytest.mark.parametrize(
    "changes",
    [
        {"user": None},
        {"team": "default"},
        {"user": "nobody"},
        {"user": None, "team": "nowhere"},
        {"action": "own"},
        {"pattern": "com.*"},
        {"pattern": "com.example/*", "tools": "a b"},
        {"action": "edit", "tools": "get_*"},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": "soon"},
        {"note": "x" * 201},
        {"expires": "2099-01-01T00:00:00Z"},
    ],
)
def test_a_wrong_grant_is_refused_and_nothing_written(
    administrator: APIClient, ada: User, changes: dict[str, Any]
) -> None:
    answer = administrator.post("/api/grants", wanted(**changes))

    assert answer.status_code == 400
    assert not Grant.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"pattern": "com.*"}, "pattern"),
        ({"tools": "a b"}, "tools"),
        ({"action": "edit", "tools": "get_*"}, "tools"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"user": "gone"}, "user"),
    ],
)
def test_a_refusal_names_the_field(
    administrator: APIClient, ada: User, changes: dict[str, Any], field: str
) -> None:
    UserFactory.create(username="gone", is_active=False)

    answer = administrator.post("/api/grants", wanted(**changes))

    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_closed_account_is_granted_nothing() -> None:
    with pytest.raises(HolderIsClosed, match="The account gone is closed: open it before"):
        viewing(UserFactory.create(username="gone", is_active=False))

    assert not Grant.objects.exists()


def test_what_is_granted_is_not_granted_again(administrator: APIClient, ada: User) -> None:
    administrator.post("/api/grants", wanted())

    again = administrator.post("/api/grants", wanted(pattern="COM.example/*"))

    assert again.status_code == 409
    assert "It is granted already: user ada may call com.example/*" in again.json()["detail"]


def test_one_that_has_expired_makes_room_for_the_same(ada: User) -> None:
    viewing(ada, expires_at=NOW + DAY)

    with pytest.raises(GrantExists):
        viewing(ada)
    grant(to=ada, action=Action.VIEW, pattern="*", now=NOW + DAY)

    assert Grant.objects.get().expires_at is None


def test_of_two_at_once_one_is_told_that_it_exists(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewing(ada)
    monkeypatch.setattr(
        "accounts.services.grants._same", lambda row: Grant.objects.none()
    )  # as the slower one sees it

    with pytest.raises(GrantExists):
        viewing(ada)


def test_revoking_twice_is_one_event(ada: User) -> None:
    made = viewing(ada)

    for _ in range(2):
        revoke(grant=Grant(**{f.attname: getattr(made, f.attname) for f in made._meta.fields}),
               now=NOW)  # fmt: skip

    assert AuditEvent.objects.filter(action="grant.revoke").count() == 1


def listed(client: APIClient, **filters: str) -> set[str]:
    rows = client.get("/api/grants", filters).json()["results"]
    return {row["pattern"] for row in rows}


@time_machine.travel(NOW, tick=False)
def test_everybody_reads_what_they_were_granted(administrator: APIClient, ada: User) -> None:
    team = Team.objects.create(slug="a", name="a")
    Membership.objects.create(team=team, user=ada, role=Role.ADMIN)
    viewing(ada, "mine/*")
    viewing(team, "ours/*", expires_at=NOW + DAY)
    theirs = viewing(UserFactory.create(), "theirs/*")
    client = APIClient()
    client.force_login(ada)

    assert listed(client) == {"mine/*", "ours/*"}
    assert client.get(f"/api/grants/{theirs.public_id}").status_code == 404
    assert listed(administrator) == {"mine/*", "ours/*", "theirs/*"}
    assert listed(administrator, mine="true") == set()
    assert listed(administrator, mine="false", user="ada") == {"mine/*"}
    assert listed(administrator, team="a", action="view") == {"ours/*"}
    assert listed(administrator, pattern="OURS/*") == {"ours/*"}
    with time_machine.travel(NOW + DAY, tick=False):
        assert listed(administrator, in_force="true") == {"mine/*", "theirs/*"}
        assert listed(administrator, in_force="false") == {"mine/*", "ours/*", "theirs/*"}


def test_only_administrators_grant_and_revoke(ada: User) -> None:
    made = viewing(ada)
    client = APIClient()
    assert client.post("/api/grants", wanted()).status_code == 401
    client.force_login(ada)

    assert client.post("/api/grants", wanted()).status_code == 403
    assert client.delete(f"/api/grants/{made.public_id}").status_code == 403
    assert Grant.objects.count() == 1
