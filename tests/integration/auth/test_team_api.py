"""/api/teams and their members: who sees them, and who changes them."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.access import Role
from accounts.models import AuditEvent, Membership, Team, User
from accounts.services import create_token
from tests.fixtures.factories import CREATED_AT, ServerFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def platform() -> Team:
    return Team.objects.create(slug="platform", name="Platform")


def signed_in(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def member(team: Team, role: Role) -> User:
    user = UserFactory.create()
    Membership.objects.create(team=team, user=user, role=role)
    return user


@pytest.fixture
def administrator() -> APIClient:
    return signed_in(UserFactory.create(username="root", is_superuser=True))


def test_everybody_sees_their_own_teams_and_administrators_all(
    platform: Team, administrator: APIClient
) -> None:
    def slugs(client: APIClient) -> list[str]:
        return [team["slug"] for team in client.get("/api/teams").json()["results"]]

    assert slugs(signed_in(UserFactory.create())) == ["default"]
    assert slugs(signed_in(member(platform, Role.VIEWER))) == ["default", "platform"]
    assert slugs(administrator) == ["default", "platform"]


def test_a_team_one_is_no_member_of_is_as_if_it_were_not(platform: Team) -> None:
    stranger = signed_in(UserFactory.create())

    for path in ("", "/members"):
        hidden = stranger.get(f"/api/teams/platform{path}")
        absent = stranger.get(f"/api/teams/nowhere{path}")
        assert hidden.status_code == absent.status_code == 404
        assert hidden.content == absent.content


def test_administrators_make_rename_and_delete_teams(administrator: APIClient) -> None:
    made = administrator.post("/api/teams", {"slug": "data", "name": "Data"})
    renamed = administrator.patch("/api/teams/data", {"name": "Data people"})

    assert (made.status_code, renamed.status_code) == (201, 200)
    assert administrator.get("/api/teams/data").json() == {"slug": "data", "name": "Data people"}
    assert administrator.delete("/api/teams/data").status_code == 204
    actions = AuditEvent.objects.order_by("pk").values_list("action", "subject", "actor")
    assert [*actions] == [
        ("team.create", "data", "root"),
        ("team.update", "data", "root"),
        ("team.delete", "data", "root"),
    ]


@pytest.mark.parametrize(
    "body", [{}, {"slug": "a b", "name": "x"}, {"slug": "a"}, {"slug": "a", "name": "x", "z": 1}]
)
def test_a_wrong_team_is_refused(administrator: APIClient, body: dict[str, Any]) -> None:
    assert administrator.post("/api/teams", body).status_code == 400

    assert not Team.objects.exclude(slug="default").exists()


def test_a_slug_is_taken_once(administrator: APIClient, platform: Team) -> None:
    answer = administrator.post("/api/teams", {"slug": "platform", "name": "Again"})

    assert answer.status_code == 409


def test_the_default_team_and_one_with_servers_stay(
    administrator: APIClient, platform: Team
) -> None:
    ServerFactory.create(team=platform)

    for slug in ("default", "platform"):
        assert administrator.delete(f"/api/teams/{slug}").status_code == 409

    assert Team.objects.count() == 2


@pytest.mark.parametrize("role", Role)
def test_members_of_whatever_role_do_not_change_teams(platform: Team, role: Role) -> None:
    client = signed_in(member(platform, role))

    assert client.post("/api/teams", {"slug": "a", "name": "a"}).status_code == 403
    assert client.patch("/api/teams/platform", {"name": "a"}).status_code == 403
    assert client.delete("/api/teams/platform").status_code == 403


def test_an_administrators_token_with_scopes_changes_no_team(platform: Team) -> None:
    root = UserFactory.create(is_superuser=True)
    _, clear = create_token(user=root, name="a", scopes=["administer"], now=CREATED_AT)
    headers = {"Authorization": f"Bearer {clear}"}
    client = APIClient()

    assert client.delete("/api/teams/platform", headers=headers).status_code == 403
    joining = client.put(f"/api/teams/platform/members/{root}", {"role": "admin"}, headers=headers)
    assert joining.status_code == 404
    assert not platform.memberships.exists()


def test_without_credentials_there_are_no_teams(platform: Team) -> None:
    for path in ("/api/teams", "/api/teams/platform", "/api/teams/platform/members"):
        assert APIClient().get(path).status_code == 401


# --- Members -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "status"), [(Role.ADMIN, 200), (Role.MAINTAINER, 403)])
def test_admins_of_a_team_set_roles(platform: Team, role: Role, status: int) -> None:
    UserFactory.create(username="ada")
    client = signed_in(member(platform, role))

    answer = client.put("/api/teams/platform/members/ada", {"role": "contributor"})

    assert answer.status_code == status
    assert platform.memberships.filter(user__username="ada").exists() is (status == 200)


def test_a_role_is_changed_and_taken_away(administrator: APIClient, platform: Team) -> None:
    UserFactory.create(username="ada")
    address = "/api/teams/platform/members/ada"

    administrator.put(address, {"role": "viewer"})
    administrator.put(address, {"role": "maintainer"})

    assert administrator.get("/api/teams/platform/members").json()["results"] == [
        {"username": "ada", "role": "maintainer", "from_sso": False}
    ]
    assert administrator.delete(address).status_code == 204
    assert administrator.delete(address).status_code == 404
    changes = AuditEvent.objects.order_by("pk").values_list("before", "after")
    assert [*changes] == [
        ({"role of ada": None}, {"role of ada": "viewer"}),
        ({"role of ada": "viewer"}, {"role of ada": "maintainer"}),
        ({"role of ada": "maintainer"}, {"role of ada": None}),
    ]


def test_the_same_role_again_is_no_event(administrator: APIClient, platform: Team) -> None:
    UserFactory.create(username="ada")
    for _ in range(2):
        administrator.put("/api/teams/platform/members/ada", {"role": "viewer"})

    assert AuditEvent.objects.count() == 1


def test_it_is_said_whether_team_account_or_member_is_missing(
    administrator: APIClient, platform: Team
) -> None:
    UserFactory.create(username="ada")
    role = {"role": "viewer"}

    no_team = administrator.put("/api/teams/nowhere/members/ada", role)
    no_user = administrator.put("/api/teams/platform/members/nobody", role)
    no_member = administrator.delete("/api/teams/platform/members/ada")

    assert {answer.status_code for answer in (no_team, no_user, no_member)} == {404}
    assert no_team.json()["detail"] == "There is no such team, or it is none of yours."
    assert no_user.json()["detail"] == "There is no user named 'nobody'."
    assert no_member.json()["detail"] == "'ada' is no member of the team platform."


def test_unknown_and_missing_fields_are_named_together(administrator: APIClient) -> None:
    answer = administrator.post("/api/teams", {"slug": "a", "nmae": "A"})

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["name", "nmae"]


@pytest.mark.parametrize(
    ("username", "body", "status"),
    [("nobody", {"role": "viewer"}, 404), ("ada", {"role": "boss"}, 400), ("ada", {}, 400)],
)
def test_a_wrong_member_is_refused(
    administrator: APIClient, platform: Team, username: str, body: dict[str, str], status: int
) -> None:
    UserFactory.create(username="ada")

    answer = administrator.put(f"/api/teams/platform/members/{username}", body)

    assert answer.status_code == status
    assert not platform.memberships.exists()
