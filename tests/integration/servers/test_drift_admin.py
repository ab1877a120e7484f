"""Reviewers decide on changes in the admin and on the command line; nobody reads credentials."""

import re
from datetime import UTC, datetime
from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from servers.models import FeatureChange, Policy, Server, UpstreamCredential
from servers.services import Offer, record_features
from tests.fixtures.factories import ServerFactory, administrator, tool_definition

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
CHANGES = "/admin/servers/featurechange/"
CREDENTIALS = "/admin/servers/upstreamcredential/"
State = FeatureChange.State


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(administrator(username="ada"))
    return client


@pytest.fixture
def server() -> Server:
    """A server of whose tools one is held back and one is new."""
    Policy.objects.create(pattern="org.example/*", drift=Policy.Drift.HOLD)
    server: Server = ServerFactory.create(name="org.example/weather")
    lists(server, tool_definition("a"))
    lists(server, tool_definition("a", description="<b>New</b>"), tool_definition("b\x1b[31m"))
    return server


def lists(server: Server, *tools: dict[str, Any]) -> None:
    offer = Offer.of(tools=tools, prompts=[{"name": "p"}], resources=[])
    record_features(server_id=server.pk, offer=offer, now=NOW)


def ids() -> list[int]:
    return list(FeatureChange.objects.order_by("pk").values_list("pk", flat=True))


def states() -> list[str]:
    return list(FeatureChange.objects.order_by("pk").values_list("state", flat=True))


# --- The admin ---------------------------------------------------------------------------------


def test_a_change_is_shown_field_by_field(server: Server, admin: Client) -> None:
    change = FeatureChange.objects.get(change="changed")
    listed = admin.get(CHANGES, {"state": "held"}).content.decode()
    page = admin.get(f"{CHANGES}{change.pk}/change/").content.decode()

    assert "description" in listed
    assert "What a does." in page
    assert "&lt;b&gt;New&lt;/b&gt;" in page
    assert 'name="_save"' not in page


def page_of(admin: Client, change: FeatureChange) -> str:
    return admin.get(f"{CHANGES}{change.pk}/change/").content.decode()


def test_hidden_characters_of_a_change_are_spelled_out(server: Server, admin: Client) -> None:
    lists(server, tool_definition("a", description="Do\u202e not\u200b."))
    change = FeatureChange.objects.undecided().get(name="a")
    page = page_of(admin, change)

    assert "Do&lt;U+202E RIGHT-TO-LEFT OVERRIDE&gt; not&lt;U+200B ZERO WIDTH SPACE&gt;." in page
    assert "\u202e" not in page
    assert "Do<U+202E RIGHT-TO-LEFT OVERRIDE> not" in run()


def test_a_change_links_to_the_findings_about_its_feature(server: Server, admin: Client) -> None:
    lists(server, tool_definition("a", description="Do\u202e not."))
    change = FeatureChange.objects.undecided().get(name="a")
    [link] = re.findall(r'href="(/admin/servers/finding/[^"]+)"', page_of(admin, change))
    found = admin.get(unescape(link)).context["cl"].queryset

    assert {finding.rule for finding in found} == {"hidden-characters"}


def test_an_undecided_change_has_buttons_on_its_page(server: Server, admin: Client) -> None:
    change = FeatureChange.objects.earliest("pk")
    assert 'value="accept"' in page_of(admin, change)
    decide(admin, "accept")
    assert 'value="accept"' not in page_of(admin, change)


def decide(admin: Client, action: str, **fields: str) -> str:
    form = {"action": action, "_selected_action": ids(), **fields}
    return admin.post(CHANGES, form, follow=True).content.decode()


def test_the_actions_decide(server: Server, admin: Client) -> None:
    answer = decide(admin, "accept", reason="Asked them.")

    assert "2 change(s)" in answer
    assert states() == [State.ACCEPTED] * 2
    decided = FeatureChange.objects.earliest("pk")
    assert (str(decided.decided_by), decided.reason) == ("ada", "Asked them.")
    assert "There is nothing to decide" in decide(admin, "accept")


def test_a_rejection_needs_a_reason(server: Server, admin: Client) -> None:
    asking = decide(admin, "reject", reason=" ")

    assert '<textarea name="reason"' in asking
    assert "field is required" in decide(admin, "reject", reason=" ", confirmed="yes")
    assert states() == [State.HELD] * 2
    decide(admin, "reject", reason="No.", confirmed="yes")
    assert states() == [State.REJECTED] * 2


@pytest.mark.parametrize("page", ["prompt", "resource", "tool"])
def test_features_are_read_in_the_admin(server: Server, admin: Client, page: str) -> None:
    assert admin.get(f"/admin/servers/{page}/").status_code == 200


def test_a_prompt_is_read_in_the_admin(server: Server, admin: Client) -> None:
    prompt = server.prompts.get()
    prompt.observed = {"name": "p", "description": "What it says by now"}
    prompt.save()

    page = admin.get(f"/admin/servers/prompt/{prompt.pk}/change/").content.decode()

    assert "What it says by now" in page


def test_a_credential_is_set_and_taken_back(server: Server, admin: Client) -> None:
    form = {"server": server.pk, "header": "X-Key", "secret": "canary-7f3a"}
    added = admin.post(f"{CREDENTIALS}add/", form, follow=True).content
    credential = UpstreamCredential.objects.get()
    page = admin.get(f"{CREDENTIALS}{credential.pk}/change/").content

    assert b"canary" not in added + page
    assert credential.value.encode() not in added + page
    admin.post(f"{CREDENTIALS}{credential.pk}/delete/", {"post": "yes"})
    assert not UpstreamCredential.objects.exists()


def test_several_credentials_are_taken_back(server: Server, admin: Client) -> None:
    form = {"server": server.pk, "header": "X-Key", "secret": "canary-7f3a"}
    admin.post(f"{CREDENTIALS}add/", form)
    chosen = list(UpstreamCredential.objects.values_list("pk", flat=True))
    delete = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}

    admin.post(CREDENTIALS, delete)

    assert not UpstreamCredential.objects.exists()


def test_a_wrong_credential_is_told_at_its_field(server: Server, admin: Client) -> None:
    form = {"server": server.pk, "header": "Host", "secret": "canary-7f3a"}
    page = admin.post(f"{CREDENTIALS}add/", form).content.decode()

    assert "sets by itself" in page
    assert "canary" not in page
    assert not UpstreamCredential.objects.exists()


# --- The command -------------------------------------------------------------------------------


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("drift", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_lists_what_is_undecided(server: Server) -> None:
    said = run()

    assert "org.example/weather  tool a changed  (held back)" in said
    assert '    description: "What a does." -> "<b>New</b>"' in said
    assert "\x1b" not in said
    assert said.endswith("2 undecided.\n")
    assert run("list", "--server", "ORG.example/weather") == said


def test_the_command_decides(server: Server) -> None:
    first, second = ids()

    assert run("accept", str(first)) == "org.example/weather: 1 decided.\n"
    run("reject", str(second), "--reason", "No.")
    assert sorted(states()) == [State.ACCEPTED, State.REJECTED]


def test_the_command_accepts_all_of_a_server(server: Server) -> None:
    assert run("accept", "--all", "org.example/weather") == "2 accepted.\n"
    assert states() == [State.ACCEPTED] * 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["accept"], "Say which"),
        (["accept", "999999"], "There is no change 999999"),
        (["accept", "--all", "no/where"], "There is no server 'no/where'"),
        (["list", "--server", "no/where"], "There is no server 'no/where'"),
        (["reject", "1"], "needs a --reason"),
        (["reject", "1", "--reason", "x" * 501], "500 characters at most"),
    ],
)
def test_a_wrong_word_is_refused_and_decides_nothing(
    server: Server, arguments: list[str], said: str
) -> None:
    with pytest.raises(CommandError, match=said) as refused:
        run(*arguments)

    assert refused.value.returncode == 2
    assert states() == [State.HELD] * 2


def test_the_command_decides_all_or_nothing(server: Server) -> None:
    first, second = map(str, ids())
    run("accept", first)

    with pytest.raises(CommandError, match="nothing to decide"):
        run("accept", first, second)
    assert sorted(states()) == [State.ACCEPTED, State.HELD]
