"""Team and visibility, grants on a server and the caller's own permissions in the REST API."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from accounts.access import Action, Role
from accounts.models import ApiToken, AuditEvent, Grant, Team, User
from accounts.services import grant
from servers.models import Server
from tests.fixtures.factories import (
    ServerFactory,
    TeamFactory,
    ToolFactory,
    UserFactory,
    administrator,
    document,
    maintainer,
    member_of,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
WEATHER = "/api/servers/org.example/weather"
GRANTS = f"{WEATHER}/grants"
NAME = "org.example/weather"


def client_of(user: User | None = None, scopes: list[str] | None = None) -> APIClient:
    client = APIClient()
    if user is not None:
        token = None if scopes is None else ApiToken(name="t", scopes=scopes)
        client.force_authenticate(user, token=token)
    return client


@pytest.fixture
def sky() -> Team:
    return TeamFactory.create(slug="sky", name="Sky")


@pytest.fixture
def server(sky: Team) -> Server:
    server: Server = ServerFactory.create(name=NAME, team=sky, visibility="team")
    ToolFactory.create(server=server, name="get_rain")
    ToolFactory.create(server=server, name="set_rain")
    return server


@pytest.fixture
def admin(sky: Team) -> User:
    return member_of(sky, Role.ADMIN, username="ada")


def errors(response: Any) -> dict[str, str]:
    return {each["field"]: each["message"] for each in response.json()["errors"]}


class TestTeamAndVisibility:
    def test_a_server_goes_to_the_default_team_and_is_seen_by_it(self) -> None:
        answer = client_of(maintainer()).post("/api/servers", document()).json()

        assert (answer["team"], answer["visibility"]) == ("default", "team")

    def test_another_team_and_visibility_are_said_with_it(self, sky: Team) -> None:
        contributor = member_of(sky, Role.CONTRIBUTOR)
        body = document() | {"team": "sky", "visibility": "private"}

        answer = client_of(contributor).post("/api/servers", body)

        assert answer.status_code == 201
        assert (answer.json()["team"], answer.json()["visibility"]) == ("sky", "private")
        assert Server.objects.get().registered_by == contributor

    def test_a_viewer_of_the_team_is_told_no(self, sky: Team) -> None:
        answer = client_of(member_of(sky, Role.VIEWER)).post(
            "/api/servers", document() | {"team": "sky"}
        )

        assert answer.status_code == 403
        assert answer.json()["detail"] == f"You may not register {NAME} for the team sky."

    @pytest.mark.parametrize("team", ["sky", "nowhere", 7, None, ["sky"]])
    @pytest.mark.parametrize("method", ["post", "patch"])
    def test_a_team_one_is_no_member_of_answers_like_one_that_is_not_there(
        self, sky: Team, team: Any, method: str
    ) -> None:
        ServerFactory.create(name=NAME)
        member = client_of(member_of(Team.objects.default(), Role.ADMIN))

        answer = getattr(member, method)(
            "/api/servers" if method == "post" else WEATHER, {"team": team}
        )

        assert answer.status_code == 400
        assert list(errors(answer)) == ["team"]
        if isinstance(team, str):
            assert errors(answer)["team"] == f"You belong to no team '{team}'."

    def test_an_administrator_is_told_that_there_is_no_such_team(self, server: Server) -> None:
        answer = client_of(administrator()).patch(WEATHER, {"team": "nope"})

        assert (answer.status_code, errors(answer)) == (400, {"team": "There is no team 'nope'."})

    def test_who_sees_it_is_changed_by_who_administers_it(self, server: Server, sky: Team) -> None:
        editor = member_of(sky, Role.MAINTAINER)
        refused = client_of(editor).patch(WEATHER, {"visibility": "public", "category": "W"})
        server.refresh_from_db()

        assert refused.status_code == 403
        assert "administer" in refused.json()["detail"]
        assert (server.visibility, server.category) == ("team", "")

    def test_a_server_moves_to_a_team_where_its_mover_may_register(
        self, server: Server, admin: User
    ) -> None:
        client = client_of(admin)  # a viewer of the default team

        assert client.patch(WEATHER, {"team": "default"}).status_code == 403
        admin.memberships.filter(team__slug="default").update(role=Role.CONTRIBUTOR)
        assert client.patch(WEATHER, {"team": "default"}).json()["team"] == "default"

    @pytest.mark.parametrize(("query", "total"), [("team=sky", 1), ("visibility=public", 1)])
    def test_lists_are_narrowed_by_them(self, server: Server, query: str, total: int) -> None:
        ServerFactory.create()

        listed = client_of(administrator()).get(f"/api/servers?{query}&count=true")
        assert listed.json()["count"] == total

    def test_owners_do_with_their_own_what_contributors_may_not(self, sky: Team) -> None:
        owner, other = (member_of(sky, Role.CONTRIBUTOR) for _ in range(2))
        client_of(owner).post("/api/servers", document() | {"team": "sky"})

        assert client_of(other).post(f"{WEATHER}/disable").status_code == 403
        assert client_of(owner).post(f"{WEATHER}/disable").status_code == 200
        assert client_of(other).get(WEATHER).status_code == 404
        assert client_of(owner).delete(WEATHER).status_code == 204


class TestToolsOfAGrant:
    """Whoever was granted some tools sees the server with these, and no trace of the others."""

    @pytest.fixture
    def client(self, server: Server) -> APIClient:
        bob = UserFactory.create(username="bob")
        grant(to=bob, action=Action.CALL, pattern=NAME, tools="get_*", now=NOW)
        return client_of(bob)

    def test_tools_and_their_count(self, client: APIClient) -> None:
        assert client.get(WEATHER).json()["tool_count"] == 1
        tools = client.get(f"{WEATHER}/tools").json()
        assert [tool["name"] for tool in tools["results"]] == ["get_rain"]
        assert tools["count"] == 1

    def test_health_says_no_number(self, client: APIClient, server: Server, admin: User) -> None:
        server.observations.create(at=NOW, state="healthy", tool_count=2)  # type: ignore[attr-defined]

        [seen] = client.get(f"{WEATHER}/health").json()["observations"]
        [whole] = client_of(admin).get(f"{WEATHER}/health").json()["observations"]

        assert (seen["tools_count"], whole["tools_count"]) == (None, 2)


class TestGrants:
    def test_who_administers_a_server_grants_lists_and_revokes(
        self, server: Server, admin: User
    ) -> None:
        client, bob = client_of(admin), client_of(UserFactory.create(username="bob"))
        wanted = {"user": "bob", "action": "call", "tools": "get_*", "note": "Ticket 7"}

        made = client.post(GRANTS, wanted)

        assert made.status_code == 201
        assert made.json()["pattern"] == NAME
        assert made.json()["granted_by"] == "ada"
        assert bob.get(WEATHER).status_code == 200
        assert [row["user"] for row in client.get(GRANTS).json()["results"]] == ["bob"]
        assert client.delete(f"{GRANTS}/{made.json()['id']}").status_code == 204
        assert bob.get(WEATHER).status_code == 404
        assert set(AuditEvent.objects.values_list("action", flat=True)) >= {
            "grant.create",
            "grant.revoke",
        }

    def test_grants_of_wider_patterns_are_shown_and_left(self, server: Server, admin: User) -> None:
        wide = grant(to=UserFactory.create(), action=Action.VIEW, pattern="org.example/*", now=NOW)
        grant(to=UserFactory.create(), action=Action.VIEW, pattern="org.examples/*", now=NOW)
        client = client_of(admin)

        assert [row["id"] for row in client.get(GRANTS).json()["results"]] == [str(wide.public_id)]
        assert client.delete(f"{GRANTS}/{wide.public_id}").status_code == 404

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"action": "view"}, ""),
            ({"action": "view", "user": "bob", "team": "sky"}, ""),
            ({"action": "view", "user": "nobody"}, "user"),
            ({"action": "view", "user": "gone"}, "user"),  # a closed account
            ({"action": "view", "user": "ada"}, "user"),  # the caller
            ({"action": "view", "team": "hidden"}, "team"),
            ({"action": "register", "user": "bob"}, "action"),
            ({"action": "edit", "user": "bob", "tools": "get"}, "tools"),
            ({"action": "view", "user": "bob", "tools": "*x"}, "tools"),
            ({"action": "view", "user": "bob", "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
            ({"action": "view", "user": "bob", "pattern": "*"}, "pattern"),
        ],
    )
    def test_what_cannot_be_granted_is_explained(
        self, server: Server, admin: User, body: dict[str, str], field: str
    ) -> None:
        UserFactory.create(username="bob")
        UserFactory.create(username="gone", is_active=False)
        TeamFactory.create(slug="hidden")

        answer = client_of(admin).post(GRANTS, body)

        assert (answer.status_code, list(errors(answer))) == (400, [field])
        assert not Grant.objects.exists()

    @pytest.mark.parametrize("body", [b"[]", b"3", b"null", b'"x"'])
    def test_a_body_that_is_no_object_is_refused(
        self, server: Server, admin: User, body: bytes
    ) -> None:
        answer = client_of(admin).generic("POST", GRANTS, body, content_type="application/json")

        assert answer.status_code == 400

    def test_the_same_twice_is_a_conflict(self, server: Server, admin: User) -> None:
        UserFactory.create(username="bob")
        for expected in (201, 409):
            answer = client_of(admin).post(GRANTS, {"user": "bob", "action": "view"})
            assert answer.status_code == expected

    def test_nobody_grants_what_they_lack(self, server: Server, sky: Team) -> None:
        owner = member_of(sky, Role.CONTRIBUTOR, username="eve")
        Server.objects.update(registered_by=owner)
        UserFactory.create(username="bob")
        client = client_of(owner)

        assert client.post(GRANTS, {"user": "bob", "action": "review"}).status_code == 403
        assert client.post(GRANTS, {"user": "bob", "action": "edit"}).status_code == 201

    def test_they_are_for_those_who_administer_it(self, server: Server, sky: Team) -> None:
        for method in ("get", "post"):
            editor = client_of(member_of(sky, Role.MAINTAINER))
            assert getattr(editor, method)(GRANTS).status_code == 403
            assert getattr(client_of(), method)(GRANTS).status_code == 401
            assert getattr(client_of(UserFactory.create()), method)(GRANTS).status_code == 404


class TestWhy:
    def about(self, client: APIClient, **asked: str) -> dict[str, Any]:
        answer = client.get("/api/me/permissions", asked).json()
        return {each["action"]: each for each in answer["actions"]}

    def test_teams_grants_and_scopes_are_told(self, sky: Team) -> None:
        bob = member_of(sky, Role.VIEWER, username="bob")
        grant(to=sky, action=Action.CALL, pattern="a.b/*", now=NOW)
        gone = NOW + timedelta(days=1)
        grant(to=bob, action=Action.VIEW, pattern="*", expires_at=gone, now=NOW)

        answer = client_of(bob, scopes=["view"]).get("/api/me/permissions").json()

        assert (answer["username"], answer["is_administrator"]) == ("bob", False)
        assert answer["scopes"] == ["view"]
        assert [(row["slug"], row["role"]) for row in answer["teams"]] == [
            ("default", "viewer"),
            ("sky", "viewer"),
        ]
        assert [(row["team"], row["pattern"]) for row in answer["grants"]] == [("sky", "a.b/*")]
        assert (answer["server"], answer["actions"]) == (None, [])

    def test_each_action_on_a_server_has_its_reasons(self, server: Server, sky: Team) -> None:
        bob = member_of(sky, Role.CONTRIBUTOR)
        Server.objects.update(registered_by=bob)
        until = datetime(2030, 1, 1, tzinfo=UTC)
        grant(to=sky, action=Action.REVIEW, pattern="org.example/*", expires_at=until, now=NOW)

        actions = self.about(client_of(bob), server=NAME)

        assert actions["probe"]["because"] == [
            "is contributor of its team sky",
            "registered it and is contributor of its team sky",
        ]
        assert actions["review"] == {
            "action": "review",
            "allowed": True,
            "tools": None,
            "because": ["granted: team sky may review org.example/*, until 2030-01-01 00:00 UTC"],
            "withheld": "",
        }

    def test_what_scopes_leave_out_is_said(self, server: Server, admin: User) -> None:
        actions = self.about(client_of(admin, scopes=["view"]), server=NAME)

        assert actions["view"]["allowed"]
        assert not actions["edit"]["allowed"]
        assert actions["edit"]["withheld"] == "the scopes of the token leave it out"

    def test_that_a_server_is_disabled_is_said(self, server: Server, admin: User) -> None:
        Server.objects.update(enabled=False)

        actions = self.about(client_of(admin), server=NAME)

        assert actions["edit"]["allowed"]
        assert actions["call"]["withheld"] == "the server is disabled"

    def test_a_tool_is_asked_for_by_name_whether_there_is_one_or_not(self, server: Server) -> None:
        bob = UserFactory.create()
        grant(to=bob, action=Action.CALL, pattern=NAME, tools="get_*", now=NOW)

        for tool, allowed in (("get_rain", True), ("get_none", True), ("set_rain", False)):
            assert self.about(client_of(bob), server=NAME, tool=tool)["call"]["allowed"] is allowed

    def test_that_some_tools_only_are_allowed_is_said(self, server: Server) -> None:
        bob = UserFactory.create()
        for tools in ("set_a", "get_*"):
            grant(to=bob, action=Action.CALL, pattern=NAME, tools=tools, now=NOW)

        some = self.about(client_of(bob), server=NAME)
        one = self.about(client_of(bob), server=NAME, tool="get_rain")
        grant(to=bob, action=Action.VIEW, pattern="org.example/*", now=NOW)
        whole = self.about(client_of(bob), server=NAME)

        assert (some["call"]["allowed"], some["call"]["tools"]) == (True, ["get_*", "set_a"])
        assert (one["call"]["allowed"], one["call"]["tools"]) == (True, None)
        assert (whole["view"]["tools"], whole["call"]["tools"]) == (None, ["get_*", "set_a"])
        assert some["edit"]["tools"] is None

    def test_to_register_what_is_there_is_no_question(self, server: Server, admin: User) -> None:
        assert "register" not in self.about(client_of(admin), server=NAME)

    def test_teams_and_scopes_have_the_shape_of_me(self, admin: User) -> None:
        client = client_of(admin)
        mine = client.get("/api/me/permissions").json()

        for field, value in client.get("/api/me").json().items():
            assert mine[field] == value

    @pytest.mark.parametrize(
        ("asked", "field"), [({"tool": "x"}, "tool"), ({"servr": "x"}, "servr")]
    )
    def test_wrong_parameters_are_refused(self, asked: dict[str, str], field: str) -> None:
        answer = client_of(UserFactory.create()).get("/api/me/permissions", asked)

        assert (answer.status_code, list(errors(answer))) == (400, [field])

    def test_credentials_are_needed(self) -> None:
        assert client_of().get("/api/me/permissions").status_code == 401


class TestWhoCan:
    def told(self, *arguments: str) -> list[str]:
        printed = StringIO()
        call_command("who_can", *arguments, stdout=printed)
        return printed.getvalue().splitlines()

    def test_everybody_in_general_and_then_each_account_with_reasons(
        self, server: Server, admin: User
    ) -> None:
        UserFactory.create(username="root", is_superuser=True)
        bob = UserFactory.create(username="bob")
        with time_machine.travel(NOW, tick=False):
            grant(to=bob, action=Action.CALL, pattern=NAME, tools="get_*", now=NOW)

            assert self.told(NAME) == [
                "visitors: nothing",
                "everybody signed in: nothing",
                "ada: view, call, edit, review, probe, administer",
                "    view, call, edit, review, probe, administer: is admin of its team sky",
                "bob: view (some tools only: get_*), call (some tools only: get_*)",
                f"    view, call: granted: user bob may call {NAME} (tools get_*)",
                "root: view, call, edit, review, probe, administer",
                "    view, call, edit, review, probe, administer: is an administrator",
            ]

    def test_of_a_tool_that_nobody_else_was_granted(self, server: Server) -> None:
        bob = UserFactory.create(username="bob")
        grant(to=bob, action=Action.CALL, pattern=NAME, tools="get_*", now=NOW)

        assert "bob: view, call" in self.told(NAME, "get_rain")
        assert "bob: view, call" not in self.told(NAME, "set_rain")

    def test_a_public_server_is_for_everybody(self) -> None:
        ServerFactory.create(name=NAME)

        assert self.told("ORG.example/Weather") == [
            "visitors: view",
            "    view: the server is public",
            "everybody signed in: view, call",
            "    view, call: the server is public",
        ]

    def test_a_tool_that_the_server_does_not_list_is_named(self, server: Server) -> None:
        said = StringIO()

        call_command("who_can", NAME, "get_none", stdout=StringIO(), stderr=said)
        call_command("who_can", NAME, "get_rain", stdout=StringIO(), stderr=said)

        assert said.getvalue() == f"{NAME} lists no tool 'get_none'. If it had one:\n"

    def test_an_unknown_server_is_named(self) -> None:
        with pytest.raises(CommandError, match="There is no server 'a/b'") as refused:
            self.told("a/b")

        assert refused.value.returncode == 2
