"""What a server offers, how that changed and what is shown to it, in the REST API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.access import Action, Role
from accounts.models import Team, User
from accounts.services import create_token, grant
from servers.access import Visibility
from servers.models import FeatureChange, Policy, Server
from servers.services import Offer, record_features, set_credential
from tests.fixtures.factories import (
    ServerFactory,
    UserFactory,
    maintainer,
    member_of,
    tool_definition,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
BASE = "/api/servers/org.example/weather"
A, B = tool_definition("a"), tool_definition("b")
A2 = tool_definition("a", description="Deletes everything.")


def client_of(user: User | None = None) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def listing(server: Server, tools: list[Any], minute: int = 0, **others: Any) -> None:
    offer = Offer.of(tools=tools, **{"prompts": [], "resources": []} | others)
    record_features(server_id=server.pk, offer=offer, now=NOW + timedelta(minutes=minute))


@pytest.fixture
def server() -> Server:
    """A server whose policy holds back: its tool ``a`` changed, ``b`` is new, ``c`` is gone."""
    Policy.objects.create(pattern="org.example/*", drift=Policy.Drift.HOLD)
    server: Server = ServerFactory.create(name="org.example/weather")
    listing(server, [A, tool_definition("c"), tool_definition("deep/er")])
    listing(server, [A2, B, tool_definition("deep/er")], 1)
    return server


def names(answer: Any) -> list[str]:
    return [row["name"] for row in answer.json()["results"]]


def change_of(name: str) -> FeatureChange:
    return FeatureChange.objects.get(name=name)


# --- Tools, prompts, resources -----------------------------------------------------------------


def test_a_tool_is_shown_as_it_was_approved(server: Server) -> None:
    shown = client_of().get(f"{BASE}/tools/a").json()

    assert (shown["definition"], shown["drifted"]) == (A, True)
    assert (shown["observed"], shown["held"], shown["version"]) == (None, False, "1.0.0")
    assert client_of().get(shown["findings"]).status_code == 200


def test_reviewers_see_what_the_server_says_by_now(server: Server) -> None:
    reviewer = client_of(maintainer())

    assert reviewer.get(f"{BASE}/tools/a").json()["observed"] == A2
    assert reviewer.get(f"{BASE}/tools/b").json()["held"] is True


@pytest.mark.parametrize("name", ["b", "c", "nothing", "deep"])
def test_what_is_held_or_gone_or_never_was_is_absent(server: Server, name: str) -> None:
    assert client_of().get(f"{BASE}/tools/{name}").status_code == 404


def test_a_tool_whose_name_has_a_slash_is_found(server: Server) -> None:
    assert client_of().get(f"{BASE}/tools/deep/er").json()["name"] == "deep/er"


def test_prompts_and_resources_are_listed(server: Server) -> None:
    prompt = {"name": "p", "title": "P", "arguments": [{"name": "x"}]}
    plain: Server = ServerFactory.create(name="com.example/plain")
    listing(plain, [], prompts=[prompt], resources=[{"uri": "f://x", "name": "X"}])

    prompts = client_of().get("/api/servers/com.example/plain/prompts").json()["results"]
    resources = client_of().get("/api/servers/com.example/plain/resources").json()["results"]
    assert [(row["definition"], row["title"]) for row in prompts] == [(prompt, "P")]
    assert [(row["uri"], row["title"], row["drifted"]) for row in resources] == [
        ("f://x", "X", False)
    ]


def test_a_grant_for_some_tools_opens_these_alone(server: Server) -> None:
    Server.objects.update(visibility=Visibility.PRIVATE)
    listing(server, [A2, B, tool_definition("deep/er")], 2, prompts=[{"name": "p"}])
    FeatureChange.objects.update(state=FeatureChange.State.OPEN)
    user = UserFactory.create()
    grant(to=user, action=Action.VIEW, pattern=server.name, tools="a", granted_by=None,
          now=NOW)  # fmt: skip
    guest = client_of(user)

    assert guest.get(f"{BASE}/tools/a").status_code == 200
    assert guest.get(f"{BASE}/tools/deep/er").status_code == 404
    assert names(guest.get(f"{BASE}/prompts")) == []
    assert names(guest.get(f"{BASE}/changes")) == ["a"]


# --- Changes -----------------------------------------------------------------------------------


def test_changes_say_which_field_differs(server: Server) -> None:
    changes = client_of(maintainer()).get(f"{BASE}/changes").json()["results"]

    found = next(row for row in changes if row["name"] == "a")
    assert found["differences"] == [
        {
            "path": "description",
            "change": "changed",
            "before": A["description"],
            "after": A2["description"],
        }
    ]
    assert (found["state"], found["version"]) == ("held", "1.0.0")


def test_others_see_the_changes_of_what_was_shown(server: Server) -> None:
    assert names(client_of().get(f"{BASE}/changes")) == ["c"]
    assert sorted(names(client_of(maintainer()).get(f"{BASE}/changes"))) == ["a", "b", "c"]


def test_others_are_not_told_who_decided(server: Server) -> None:
    reviewer = client_of(maintainer(username="ada"))
    url = f"/api/drift/{change_of('a').pk}/accept"
    decided = reviewer.post(url, {"reason": "Asked them."}, format="json").json()

    public = client_of().get(f"{BASE}/changes").json()["results"]
    shown = next(row for row in public if row["name"] == "a")
    assert (decided["decided_by"], decided["reason"]) == ("ada", "Asked them.")
    assert (shown["decided_by"], shown["reason"], shown["state"]) == (None, "", "accepted")


def test_reviewers_have_a_queue(server: Server) -> None:
    ServerFactory.create(name="com.example/other")

    assert sorted(names(client_of(maintainer()).get("/api/drift"))) == ["a", "b", "c"]
    held = client_of(maintainer()).get("/api/drift", {"state": "held", "change": "added"})
    assert names(held) == ["b"]
    assert names(client_of(UserFactory.create()).get("/api/drift")) == []
    assert client_of().get("/api/drift").status_code == 401


def test_a_change_is_decided_once(server: Server) -> None:
    reviewer = client_of(maintainer())
    url = f"/api/drift/{change_of('a').pk}"

    assert reviewer.post(f"{url}/reject", {}, format="json").status_code == 400
    assert reviewer.post(f"{url}/reject", {"reason": "No."}, format="json").status_code == 200
    assert reviewer.post(f"{url}/accept", {}, format="json").status_code == 409
    assert client_of().get(f"{BASE}/tools/a").json()["definition"] == A


def test_who_may_not_review_may_not_decide(server: Server) -> None:
    member = client_of(member_of(Team.objects.default(), Role.CONTRIBUTOR))
    seen, hidden = change_of("c").pk, change_of("a").pk

    assert member.post(f"/api/drift/{seen}/accept", {}, format="json").status_code == 403
    assert member.post(f"/api/drift/{hidden}/accept", {}, format="json").status_code == 404
    assert member.post(f"{BASE}/changes/accept", {}, format="json").status_code == 403
    assert client_of().post(f"/api/drift/{seen}/accept", {}, format="json").status_code == 401


def test_all_is_accepted_as_it_was_seen(server: Server) -> None:
    reviewer = client_of(maintainer())
    stale = {"If-Match": '"1"'}

    late = reviewer.post(f"{BASE}/changes/accept", {}, format="json", headers=stale)
    assert late.status_code == 412
    accepted = reviewer.post(f"{BASE}/changes/accept", {}, format="json")
    assert accepted.json() == {"accepted": 3}
    assert names(client_of().get(f"{BASE}/tools")) == ["a", "b", "deep/er"]


def test_a_held_tool_is_called_by_nobody(server: Server) -> None:
    _, clear = create_token(user=maintainer(), name="proxy", now=NOW)
    headers = {"Authorization": f"Bearer {clear}"}
    asked = {"server": server.name, "method": "tools/call"}

    def status(tool: str) -> int:
        return (
            APIClient().get("/api/auth/check", asked | {"tool": tool}, headers=headers).status_code
        )

    assert (status("a"), status("b")) == (200, 403)


def test_the_page_marks_what_drifted(server: Server) -> None:
    page = client_of().get("/servers/org.example/weather").content.decode()

    assert page.count("changed, not reviewed") == 1


# --- Credentials -------------------------------------------------------------------------------


@pytest.fixture
def owner() -> APIClient:
    return client_of(member_of(Team.objects.default(), Role.ADMIN, username="ada"))


def test_a_credential_is_set_and_never_shown(server: Server, owner: APIClient) -> None:
    value = {"value": "Bearer canary-7f3a"}
    answer = owner.put(f"{BASE}/credentials/Authorization", value, format="json")
    listed = owner.get(f"{BASE}/credentials")

    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in ("header", "origin", "set_by")} == {
        "header": "Authorization",
        "origin": "https://example.org",
        "set_by": "ada",
    }
    assert listed.json()["results"] == [answer.json()]
    assert b"canary" not in answer.content + listed.content


def test_a_credential_is_taken_back(server: Server, owner: APIClient) -> None:
    set_credential(server=server, header="X-Key", value="secret-value", by=None, now=NOW)

    assert owner.delete(f"{BASE}/credentials/x-key").status_code == 204
    assert owner.delete(f"{BASE}/credentials/x-key").status_code == 404


@pytest.mark.parametrize(
    ("header", "value", "field"),
    [("Host", "x", "header"), ("X-Key", "a\r\nb", "value"), ("X-Key", 7 * [1], "value")],
)
def test_a_wrong_credential_says_what_is_wrong(
    server: Server, owner: APIClient, header: str, value: Any, field: str
) -> None:
    answer = owner.put(f"{BASE}/credentials/{header}", {"value": value}, format="json")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert not server.credentials.exists()


def test_credentials_are_for_those_who_administer(server: Server) -> None:
    editor = client_of(maintainer())
    path = f"{BASE}/credentials"

    assert editor.get(path).status_code == 403
    assert editor.put(f"{path}/X-Key", {"value": "secret"}, format="json").status_code == 403
    assert editor.delete(f"{path}/X-Key").status_code == 403
    assert client_of().get(path).status_code == 401
