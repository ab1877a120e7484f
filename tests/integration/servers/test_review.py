"""A version's way from draft into the catalogue, and who may move it."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.access import Action, Role
from accounts.models import Team, User
from accounts.services import grant
from servers.models import Policy, Server, ServerVersion
from tests.fixtures.factories import (
    CREATED_AT,
    ServerFactory,
    ServerVersionFactory,
    UserFactory,
    document,
    maintainer,
    member_of,
)

pytestmark = pytest.mark.django_db

NAME = "org.example/weather"
WEATHER = f"/api/servers/{NAME}"
DRAFT, PENDING, APPROVED, REJECTED = "draft", "pending", "approved", "rejected"
REASON = {"reason": "It says nothing."}


def client_of(user: User | None = None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


@pytest.fixture
def reviews_required() -> None:
    Policy.objects.create(pattern="org.example/*", review=Policy.Review.REQUIRED)


@pytest.fixture
def contributor() -> APIClient:
    """Registers and edits what is their own, and reviews nothing."""
    return client_of(member_of(Team.objects.default(), Role.CONTRIBUTOR, username="con"))


@pytest.fixture
def reviewer() -> APIClient:
    return client_of(maintainer(username="rev"))


def public(**changes: Any) -> dict[str, Any]:
    return document(**changes) | {"visibility": "public"}


def a_version(state: str, version: str = "2.0.0") -> ServerVersion:
    """A version in ``state`` of a server that has an approved one beside."""
    server = ServerFactory.create(name=NAME)
    return ServerVersionFactory.create(
        server=server,
        version=version,
        review_state=state,
        is_latest=False,
        document=document(version=version, title="New"),
    )


def names_in(response: Any) -> list[str]:
    return [row["name"] for row in response.json()["results"]]


# --- The way in --------------------------------------------------------------------------------


def test_without_a_policy_what_is_registered_is_approved_at_once(contributor: APIClient) -> None:
    answer = contributor.post("/api/servers", public()).json()

    assert (answer["review_state"], answer["proposed_versions"]) == (APPROVED, [])
    assert client_of().get(WEATHER).status_code == 200


@pytest.mark.usefixtures("reviews_required")
def test_what_is_registered_is_there_for_others_once_it_is_approved(
    contributor: APIClient, reviewer: APIClient
) -> None:
    registered = contributor.post("/api/servers", public())

    assert (registered.status_code, registered.json()["review_state"]) == (201, PENDING)
    assert client_of(UserFactory.create()).get(WEATHER).status_code == 404
    assert names_in(reviewer.get("/api/reviews")) == [NAME]

    approved = reviewer.post(f"{WEATHER}/versions/1.0.0/approve")

    assert (approved.status_code, approved.json()["reviewed_by"]) == (200, "rev")
    assert client_of().get(WEATHER).json()["version"] == "1.0.0"
    assert names_in(reviewer.get("/api/reviews")) == []


@pytest.mark.usefixtures("reviews_required")
def test_a_change_of_what_is_approved_waits_while_that_stays_visible(reviewer: APIClient) -> None:
    ServerFactory.create(name=NAME)

    answer = reviewer.patch(WEATHER, {"version": "2.0.0", "title": "New"}).json()

    assert (answer["version"], answer["title"]) == ("1.0.0", "")
    assert answer["proposed_versions"] == [{"version": "2.0.0", "review_state": PENDING}]
    seen = client_of().get(WEATHER).json()
    assert (seen["title"], seen["proposed_versions"]) == ("", [])

    reviewer.post(f"{WEATHER}/versions/2.0.0/approve")

    assert client_of().get(WEATHER).json()["title"] == "New"


@pytest.mark.usefixtures("reviews_required")
def test_a_rejected_version_is_changed_and_submitted_again(
    contributor: APIClient, reviewer: APIClient
) -> None:
    contributor.post("/api/servers", public())
    version = f"{WEATHER}/versions/1.0.0"

    rejected = reviewer.post(f"{version}/reject", REASON).json()
    assert (rejected["review_state"], rejected["review_reason"]) == (REJECTED, REASON["reason"])

    contributor.patch(WEATHER, {"title": "Better", "draft": True})
    assert contributor.get(version).json()["review_state"] == DRAFT
    assert contributor.post(f"{version}/submit").json()["review_state"] == PENDING
    assert reviewer.post(f"{version}/approve").json()["document"]["title"] == "Better"


def test_a_draft_is_changed_as_often_as_one_likes(reviewer: APIClient) -> None:
    reviewer.post("/api/servers", public() | {"draft": True})

    for title in ("One", "Two"):
        answer = reviewer.put(WEATHER, document(title=title) | {"draft": True}).json()
        assert (answer["title"], answer["review_state"]) == (title, DRAFT)
    assert client_of().get(WEATHER).status_code == 404


def test_what_is_beside_the_document_changes_without_submitting_the_draft(
    reviewer: APIClient,
) -> None:
    reviewer.post("/api/servers", public() | {"draft": True})

    answer = reviewer.patch(WEATHER, {"category": "W"}).json()

    assert (answer["category"], answer["review_state"]) == ("W", DRAFT)


def test_a_draft_of_nothing_is_refused(reviewer: APIClient) -> None:
    ServerFactory.create(name=NAME)

    response = reviewer.patch(WEATHER, {"draft": True, "category": "W"})

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "draft"


# --- What moves where --------------------------------------------------------------------------

MOVES = {
    ("submit", DRAFT): APPROVED,
    ("submit", REJECTED): APPROVED,
    ("withdraw", PENDING): DRAFT,
    ("approve", PENDING): APPROVED,
    ("reject", PENDING): REJECTED,
    ("discard", DRAFT): None,
    ("discard", REJECTED): None,
}


def move(client: APIClient, verb: str) -> Any:
    version = f"{WEATHER}/versions/2.0.0"
    if verb == "discard":
        return client.delete(version)
    return client.post(f"{version}/{verb}", REASON if verb == "reject" else None)


@pytest.mark.parametrize("state", [DRAFT, PENDING, APPROVED, REJECTED])
@pytest.mark.parametrize("verb", ["submit", "withdraw", "approve", "reject", "discard"])
def test_each_state_takes_its_moves_and_no_other(
    reviewer: APIClient, verb: str, state: str
) -> None:
    version = a_version(state)

    response = move(reviewer, verb)

    if (verb, state) not in MOVES:
        assert (response.status_code, response.json()["review_state"]) == (409, state)
        version.refresh_from_db()
        assert version.review_state == state
    elif verb == "discard":
        assert (response.status_code, version.server.versions.count()) == (204, 1)
    else:
        assert (response.status_code, response.json()["review_state"]) == (200, MOVES[verb, state])


@pytest.mark.usefixtures("reviews_required")
def test_where_a_review_is_asked_for_a_submission_waits(reviewer: APIClient) -> None:
    a_version(DRAFT)

    assert move(reviewer, "submit").json()["review_state"] == PENDING


def test_the_only_version_is_not_discarded(reviewer: APIClient) -> None:
    reviewer.post("/api/servers", public() | {"draft": True})

    refused = reviewer.delete(f"{WEATHER}/versions/1.0.0")

    assert (refused.status_code, refused.json()["review_state"]) == (409, DRAFT)
    assert "is the only one of org.example/weather" in refused.json()["detail"]
    assert Server.objects.get().versions.count() == 1


@pytest.mark.usefixtures("reviews_required")
def test_a_new_submission_says_nothing_of_an_earlier_decision(reviewer: APIClient) -> None:
    version = a_version(PENDING)
    move(reviewer, "reject")

    move(reviewer, "submit")

    version.refresh_from_db()
    assert (version.review_state, version.review_reason) == (PENDING, "")
    assert (version.reviewed_by, version.reviewed_at) == (None, None)


@pytest.mark.parametrize("body", [{}, {"reason": " "}, {"reason": "x" * 2001}, {"why": "x"}])
def test_a_rejection_says_why(reviewer: APIClient, body: Any) -> None:
    version = a_version(PENDING)

    assert reviewer.post(f"{WEATHER}/versions/2.0.0/reject", body).status_code == 400
    version.refresh_from_db()
    assert version.review_state == PENDING


# --- Who may -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "state", "action"),
    [
        ("submit", DRAFT, Action.EDIT),
        ("withdraw", PENDING, Action.EDIT),
        ("discard", DRAFT, Action.EDIT),
        ("approve", PENDING, Action.REVIEW),
        ("reject", PENDING, Action.REVIEW),
    ],
)
def test_each_move_needs_its_grant_and_no_other_does(verb: str, state: str, action: Action) -> None:
    a_version(state)
    clients = {}
    for granted in (Action.EDIT, Action.REVIEW, Action.ADMINISTER):
        user = UserFactory.create()
        grant(to=user, action=granted, pattern=NAME, now=CREATED_AT)
        clients[granted] = client_of(user)

    assert move(client_of(), verb).status_code == 401
    for granted in clients.keys() - {action}:
        assert move(clients[granted], verb).status_code in (403, 404)
    assert move(clients[action], verb).status_code in (200, 204)


def test_owners_do_not_approve_their_own(contributor: APIClient) -> None:
    Policy.objects.create(pattern="org.example/x", review=Policy.Review.REQUIRED)
    contributor.post("/api/servers", public(name="org.example/x"))

    refused = contributor.post("/api/servers/org.example/x/versions/1.0.0/approve")

    assert refused.status_code == 403


@pytest.mark.parametrize("state", [DRAFT, PENDING, REJECTED])
def test_what_is_not_approved_is_absent_for_those_who_only_see_the_server(state: str) -> None:
    a_version(state)
    viewer = client_of(UserFactory.create())

    assert viewer.get(f"{WEATHER}/versions/2.0.0").status_code == 404
    assert viewer.get(f"{WEATHER}/versions/2.0.0/diff").status_code == 404
    assert viewer.get(f"{WEATHER}/versions/1.0.0/diff?against=2.0.0").status_code == 404
    assert [row["version"] for row in viewer.get(f"{WEATHER}/versions").json()["results"]] == [
        "1.0.0"
    ]


def test_who_did_what_is_told_behind_the_scenes_alone(reviewer: APIClient) -> None:
    a_version(PENDING)
    reviewer.post(f"{WEATHER}/versions/2.0.0/approve")

    assert reviewer.get(f"{WEATHER}/versions/2.0.0").json()["reviewed_by"] == "rev"
    assert client_of().get(f"{WEATHER}/versions/2.0.0").json()["reviewed_by"] is None


# --- What it changes ---------------------------------------------------------------------------


def test_the_queue_shows_what_each_version_changes_the_oldest_first(reviewer: APIClient) -> None:
    first = a_version(PENDING)
    ServerVersionFactory.create(
        server=ServerFactory.create(name="org.example/new", published=False, version=None),
        review_state=PENDING,
        updated_at=CREATED_AT.replace(year=2027),
    )

    waiting = reviewer.get("/api/reviews").json()["results"]

    assert [(row["name"], row["against"]) for row in waiting] == [
        (NAME, "1.0.0"),
        ("org.example/new", None),
    ]
    added = {"path": "title", "change": "added", "before": None, "after": "New"}
    assert added in waiting[0]["differences"]
    assert "name" in [each["path"] for each in waiting[1]["differences"]]
    assert waiting[0]["edition"] == first.server.edition


def test_the_queue_is_asked_in_a_fixed_number_of_queries(
    reviewer: APIClient, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        server = ServerFactory.create(name=f"org.example/s{number}")
        ServerVersionFactory.create(
            server=server, version="2.0.0", review_state=PENDING, is_latest=False
        )

    with django_assert_max_num_queries(9):
        assert len(reviewer.get("/api/reviews").json()["results"]) == 12


def test_a_reviewer_sees_nobody_elses_queue() -> None:
    a_version(PENDING)
    stranger = client_of(UserFactory.create())

    assert names_in(stranger.get("/api/reviews")) == []
    assert client_of().get("/api/reviews").status_code == 401


def test_two_versions_are_compared_field_by_field(reviewer: APIClient) -> None:
    a_version(APPROVED)

    compared = reviewer.get(f"{WEATHER}/versions/2.0.0/diff?against=1.0.0").json()

    assert (compared["version"], compared["against"]) == ("2.0.0", "1.0.0")
    changed = {"path": "version", "change": "changed", "before": "1.0.0", "after": "2.0.0"}
    assert changed in compared["differences"]


def test_latest_is_a_version_too(reviewer: APIClient) -> None:
    ServerFactory.create(name=NAME)

    assert reviewer.get(f"{WEATHER}/versions/latest").json()["version"] == "1.0.0"
    assert reviewer.get(f"{WEATHER}/versions/1.0.0/diff").json()["differences"] == []
    assert reviewer.get(f"{WEATHER}/versions/9.9.9").status_code == 404
    assert reviewer.get(f"{WEATHER}/versions/1.0.0/diff?agianst=1.0.0").status_code == 400
