"""Review, lifecycle and policies in the admin: the same services as the API's."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from servers.models import Policy, Server, ServerVersion
from servers.services import MOST_ALIASES, delete_server, update_server
from tests.fixtures.factories import (
    CREATED_AT,
    ServerFactory,
    ServerVersionFactory,
    TeamFactory,
    administrator,
    document,
)

pytestmark = pytest.mark.django_db

SERVERS = "/admin/servers/server/"
VERSIONS = "/admin/servers/serverversion/"
POLICIES = "/admin/servers/policy/"


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(administrator(username="root"))
    return client


@pytest.fixture
def server() -> Server:
    return ServerFactory.create(name="org.example/weather")


@pytest.fixture
def pending(server: Server) -> ServerVersion:
    return ServerVersionFactory.create(
        server=server,
        version="2.0.0",
        review_state="pending",
        is_latest=False,
        document=document(version="2.0.0", title="<b>New</b>"),
    )


def change_url(row: Any) -> str:
    return reverse(f"admin:servers_{row._meta.model_name}_change", args=[row.pk])


def act(client: Client, url: str, action: str, *rows: Any, **fields: Any) -> Any:
    chosen = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(url, chosen | fields, follow=True)


# --- Review ------------------------------------------------------------------------------------


def test_the_queue_says_who_submitted_and_nothing_of_the_catalogue(
    admin: Client, pending: ServerVersion
) -> None:
    ServerVersion.objects.filter(pk=pending.pk).update(submitted_by=User.objects.get())
    queue = admin.get(VERSIONS, {"review_state__exact": "pending"}).content.decode()
    everything = admin.get(VERSIONS).content.decode()

    assert ">root</td>" in queue
    assert "active, latest" not in queue
    assert "active, latest" in everything


def test_the_queue_is_the_list_of_what_is_pending(admin: Client, pending: ServerVersion) -> None:
    page = admin.get(VERSIONS, {"review_state__exact": "pending"})

    assert [row.pk for row in page.context["cl"].result_list] == [pending.pk]


def test_a_version_shows_what_it_changes_and_how_to_decide(
    admin: Client, pending: ServerVersion
) -> None:
    page = admin.get(change_url(pending)).content.decode()

    assert "Compared with 1.0.0" in page
    assert "&lt;b&gt;New&lt;/b&gt;" in page
    assert "<b>New</b>" not in page
    assert page.count('name="_selected_action"') == 2


def test_what_is_decided_is_not_decided_again(admin: Client, server: Server) -> None:
    page = admin.get(change_url(server.latest_version)).content.decode()

    assert "This is the version in the catalogue." in page
    assert '_selected_action"' not in page


def test_versions_are_approved_together(admin: Client, pending: ServerVersion) -> None:
    page = act(admin, VERSIONS, "approve", pending, pending.server.latest_version)

    pending.refresh_from_db()
    assert (pending.review_state, pending.is_latest) == ("approved", True)
    assert pending.reviewed_by == User.objects.get(username="root")
    assert "is approved: it cannot be approved" in page.content.decode()


def test_a_rejection_asks_why_first(admin: Client, pending: ServerVersion) -> None:
    asked = act(admin, VERSIONS, "reject", pending)
    assert b'name="reason"' in asked.content
    empty = act(admin, VERSIONS, "reject", pending, confirmed="yes", reason=" ")
    assert b"This field is required" in empty.content

    act(admin, VERSIONS, "reject", pending, confirmed="yes", reason="Says nothing.")

    pending.refresh_from_db()
    assert (pending.review_state, pending.review_reason) == ("rejected", "Says nothing.")


# --- Life --------------------------------------------------------------------------------------


def test_servers_are_deprecated_together_with_a_message(admin: Client, server: Server) -> None:
    act(admin, SERVERS, "deprecate", server, confirmed="yes", message="Old.")

    latest = ServerVersion.objects.get(server=server)
    assert (latest.status, latest.status_message) == ("deprecated", "Old.")
    again = act(admin, SERVERS, "deprecate", server, confirmed="yes", message="Old.")
    assert "has this status and this message already" in again.content.decode()


def test_servers_are_moved_and_tagged_together(admin: Client, server: Server) -> None:
    other, team = ServerFactory.create(tags=["sky"]), TeamFactory.create()

    assert b'name="team"' in act(admin, SERVERS, "move_to_team", server).content
    act(admin, SERVERS, "move_to_team", server, other, confirmed="yes", team=team.pk)
    act(admin, SERVERS, "add_tag", server, other, confirmed="yes", tag="Sea")

    assert set(Server.objects.values_list("team", flat=True)) == {team.pk}
    assert [tag.name for tag in other.tags.all()] == ["sea", "sky"]
    assert AuditEvent.objects.filter(action="server.update", actor="root").count() == 4


def test_a_deleted_server_is_listed_where_it_is_asked_for_and_restored(
    admin: Client, server: Server
) -> None:
    delete_server(server=server, now=CREATED_AT)

    def listed(**question: str) -> list[Any]:
        return [row.name for row in admin.get(SERVERS, question).context["cl"].result_list]

    assert (listed(), listed(life="deleted"), listed(life="all")) == (
        [],
        [server.name],
        [server.name],
    )
    act(admin, f"{SERVERS}?life=deleted", "restore", server)
    assert listed() == [server.name]


def test_a_deleted_server_is_shown_and_not_changed(admin: Client, server: Server) -> None:
    delete_server(server=server, now=CREATED_AT)

    page = admin.get(change_url(server))

    assert (page.status_code, b"deleted 2026-01-01 12:00" in page.content) == (200, True)
    assert b'name="_save"' not in page.content
    assert admin.post(change_url(server), {"category": "W"}).status_code == 403


@pytest.mark.parametrize(
    ("life", "found"), [("pending", 1), ("unpublished", 0), ("deprecated", 0), ("deleted", 0)]
)
def test_the_list_is_narrowed_by_life(
    admin: Client, pending: ServerVersion, life: str, found: int
) -> None:
    assert len(admin.get(SERVERS, {"life": life}).context["cl"].result_list) == found


def fields(server: Server, **changes: Any) -> dict[str, Any]:
    """What the form of ``server`` sends."""
    inlines = {
        f"{name}-{form}_FORMS": 0 for name in ("versions", "tools") for form in ("TOTAL", "INITIAL")
    }
    kept = {"team": server.team.pk, "visibility": server.visibility, "labels": "{}"}
    return inlines | kept | {"enabled": "on", "based_on": server.edition} | changes


def test_a_form_that_was_overtaken_is_told_by_whom(admin: Client, server: Server) -> None:
    shown = fields(server, category="Mine")
    update_server(server=server, changes={"category": "Theirs"}, now=CREATED_AT)

    page = admin.post(change_url(server), shown)

    assert page.status_code == 200
    assert "a command: server.update (category)" in str(page.context["errors"])
    server.refresh_from_db()
    assert server.category == "Theirs"


def test_house_keeping_is_changed_through_the_service(admin: Client, server: Server) -> None:
    successor = ServerFactory.create(name="org.example/climate")
    changes = {
        "aliases": "Rain, sun",
        "labels": '{"tier": "gold"}',
        "contact": "#weather",
        "runbook_url": "https://example.org/runbook",
        "successor": successor.pk,
    }

    assert admin.post(change_url(server), fields(server, **changes)).status_code == 302

    server.refresh_from_db()
    assert sorted(it.word for it in server.aliases.all()) == ["rain", "sun"]
    assert (server.labels, server.contact) == ({"tier": "gold"}, "#weather")
    assert server.successor == successor
    assert "server.update" in admin.get(change_url(server)).content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("aliases", "a b"),
        ("aliases", ",".join(f"a{number}" for number in range(MOST_ALIASES + 1))),
        ("labels", '["x"]'),
        ("labels", '{"X": "y"}'),
        ("based_on", ""),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    admin: Client, server: Server, field: str, value: str
) -> None:
    page = admin.post(change_url(server), fields(server, **{field: value}))

    assert page.status_code == 200
    assert field in page.context["adminform"].form.errors


def test_a_taken_alias_is_said(admin: Client, server: Server) -> None:
    ServerFactory.create().aliases.create(word="rain")

    page = admin.post(change_url(server), fields(server, aliases="rain"), follow=True)

    assert "is taken" in page.content.decode()
    assert not server.aliases.exists()


# --- Policies ----------------------------------------------------------------------------------


def test_a_policy_is_made_changed_and_deleted(admin: Client) -> None:
    said = {"review": "required", "drift": "hold"}
    admin.post(f"{POLICIES}add/", said | {"pattern": "Org.Example/*"})
    policy = Policy.objects.get(pattern="org.example/*")
    admin.post(change_url(policy), said | {"drift": "warn"})
    admin.post(f"{POLICIES}{policy.pk}/delete/", {"post": "yes"})

    told = AuditEvent.objects.filter(subject="org.example/*").order_by("pk")
    assert [event.action for event in told] == ["policy.create", "policy.change", "policy.delete"]


def test_the_policy_of_all_stays_and_a_wrong_pattern_is_refused(admin: Client) -> None:
    default = Policy.objects.get()

    assert admin.post(f"{POLICIES}{default.pk}/delete/", {"post": "yes"}).status_code == 403
    wrong = {"pattern": "a.*/b", "review": "required", "drift": "hold"}
    assert "not a pattern" in admin.post(f"{POLICIES}add/", wrong).content.decode()
    assert Policy.objects.get() == default
