"""Documents that come in by the official API."""

from typing import Any

import pytest
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts.access import Action, Role
from accounts.models import Grant, Team, User
from servers.access import Visibility
from servers.models import Policy, ReviewState, Server, ServerVersion
from tests.fixtures.factories import (
    CREATED_AT,
    ServerFactory,
    ServerVersionFactory,
    TeamFactory,
    UserFactory,
    administrator,
    document,
    maintainer,
    member_of,
)
from tests.fixtures.official_registry import OFFICIAL_META
from tests.fixtures.registry_clients import with_token

pytestmark = pytest.mark.django_db

PUBLISH = "/v0.1/publish"
NAME = "org.example/weather"
FACTS = "dev.rollcall.registry/facts"


def publish(user: User, **changes: Any) -> Response:
    answer: Response = with_token(user).post(PUBLISH, document(**changes))
    return answer


def contributor(team: Team | None = None) -> User:
    return member_of(team or Team.objects.default(), Role.CONTRIBUTOR)


# --- New servers -------------------------------------------------------------------------------


def test_the_first_version_of_a_name_registers_the_server_for_the_publisher() -> None:
    user = contributor()

    answer = publish(user)

    assert answer.status_code == 200
    entry = answer.json()
    assert entry["server"] == document()
    assert entry["_meta"][OFFICIAL_META]["isLatest"] is True
    assert entry["_meta"][FACTS]["reviewState"] == "approved"
    server = Server.objects.get()
    assert (server.registered_by, server.team.slug, server.visibility) == (user, "default", "team")


def test_a_publisher_of_one_team_publishes_for_it() -> None:
    publish(contributor(TeamFactory.create(slug="sky")))

    assert Server.objects.get().team.slug == "sky"


def test_a_publisher_of_several_teams_is_told_to_say_which() -> None:
    user = contributor(TeamFactory.create(slug="sea"))
    user.memberships.create(team=TeamFactory.create(slug="sky"), role=Role.CONTRIBUTOR)

    answer = publish(user)

    assert answer.status_code == 403
    assert "sea, sky" in answer.json()["error"]
    assert not Server.objects.exists()


def test_who_may_register_nowhere_publishes_nothing() -> None:
    assert publish(UserFactory.create()).status_code == 403
    assert APIClient().post(PUBLISH, document()).status_code == 401
    assert not Server.objects.exists()


def test_a_grant_on_the_namespace_is_enough_for_a_member() -> None:
    user = member_of(Team.objects.default(), Role.VIEWER)
    Grant.objects.create(
        user=user, action=Action.REGISTER, pattern="org.example/*", created_at=CREATED_AT
    )

    assert publish(user).status_code == 200
    assert publish(user, name="com.example/weather").status_code == 403


def test_a_token_publishes_within_its_scopes_only() -> None:
    client = with_token(administrator(), scopes=["register:org.example/*", "view"])

    assert client.post(PUBLISH, document(name="com.example/weather")).status_code == 403
    assert client.post(PUBLISH, document()).status_code == 200


def test_where_a_review_is_required_the_answer_says_pending_and_the_list_stays_empty() -> None:
    Policy.objects.update(review=Policy.Review.REQUIRED)

    entry = publish(contributor()).json()

    assert entry["_meta"][FACTS]["reviewState"] == "pending"
    assert with_token(administrator()).get("/v0.1/servers").json()["servers"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (document(description=None), "description"),
        (document(version="latest"), "version"),
        (document(name="weather"), "name"),
        (document(name=None), "name"),
        (document(name=["org.example/weather"]), "name"),
        (document(version=7), "version"),
        ([], ""),
        ("text", ""),
    ],
)
def test_a_wrong_document_is_refused_by_field(body: Any, field: str) -> None:
    answer = with_token(administrator()).post(PUBLISH, body)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
    assert answer.json()["error"]
    assert not Server.objects.exists()


def test_a_name_that_is_taken_by_what_the_publisher_does_not_see_is_refused() -> None:
    ServerFactory.create(name=NAME, visibility=Visibility.PRIVATE)

    assert publish(maintainer()).status_code == 409
    assert publish(maintainer(), name="org.example/weather-i").status_code == 200
    assert publish(maintainer(), name="org.example/weather.1").status_code == 400


# --- New versions ------------------------------------------------------------------------------


@pytest.fixture
def server() -> Server:
    server: Server = ServerFactory.create(name=NAME)
    ServerVersion.objects.update(document=document())
    return server


def test_a_version_is_added_by_who_may_edit(server: Server) -> None:
    assert publish(contributor(), version="1.1.0").status_code == 403

    answer = publish(maintainer(), version="1.1.0")

    assert answer.status_code == 200
    assert answer.json()["_meta"][OFFICIAL_META]["isLatest"] is True
    assert server.versions.count() == 2


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("description", ["Another one.", document()["description"]])
def test_a_version_is_published_once(description: str) -> None:
    answer = publish(maintainer(), description=description)

    assert answer.status_code == 400
    assert "published once" in answer.json()["error"]
    assert ServerVersion.objects.get().document == document()


@pytest.mark.parametrize("state", [ReviewState.DRAFT, ReviewState.REJECTED])
def test_what_was_not_approved_takes_another_document(state: ReviewState, server: Server) -> None:
    ServerVersionFactory.create(server=server, version="2.0.0", review_state=state, is_latest=False)

    answer = publish(maintainer(), version="2.0.0", description="Another one.")

    assert answer.status_code == 200
    assert server.versions.get(version="2.0.0").document["description"] == "Another one."


# --- PUT ---------------------------------------------------------------------------------------


def put(version: str, /, **changes: Any) -> Response:
    path = f"/v0.1/servers/org.example%2Fweather/versions/{version}"
    answer: Response = with_token(maintainer()).put(path, document(**changes))
    return answer


def test_an_approved_document_never_changes(server: Server) -> None:
    fingerprint = server.latest_version.fingerprint
    ServerVersion.objects.update(fingerprint=fingerprint)

    assert put("1.0.0", description="Another one.").status_code == 409
    assert server.versions.get().document == document()


@pytest.mark.usefixtures("server")
def test_the_body_is_the_version_of_the_address() -> None:
    assert put("1.0.0", version="1.0.1").status_code == 400
    assert put("1.0.0", name="org.example/moon").status_code == 400
    assert put("3.0.0", version="3.0.0").status_code == 404


def test_a_draft_is_replaced_and_one_under_review_is_not(server: Server) -> None:
    for version, state in [("2.0.0", ReviewState.DRAFT), ("3.0.0", ReviewState.PENDING)]:
        ServerVersionFactory.create(
            server=server, version=version, review_state=state, is_latest=False
        )

    replaced = put("2.0.0", version="2.0.0", description="Another one.")

    assert replaced.status_code == 200
    assert replaced.json()["server"]["description"] == "Another one."
    assert put("3.0.0", version="3.0.0", description="Another one.").status_code == 409


# --- About the registry ------------------------------------------------------------------------


@pytest.mark.parametrize("base", ["/v0", "/v0.1"])
def test_monitors_learn_whom_they_talk_to(base: str) -> None:
    answers = [APIClient().get(f"{base}/{path}").json() for path in ("health", "ping", "version")]

    assert answers == [{"status": "ok"}, {"pong": True}, {"version": "0.1.0"}]


@pytest.mark.parametrize("path", ["/v0.1/nothing", "/v0/servers/one", "/v0.1/"])
def test_an_address_that_is_none_is_answered_to_programs(path: str) -> None:
    answer = APIClient().get(path)

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
