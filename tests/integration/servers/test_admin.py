"""The catalogue in the admin."""

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.access import Role
from accounts.models import Team, User
from servers.models import Server, ServerVersion, Tag, Tool
from tests.fixtures.factories import (
    ServerFactory,
    TagFactory,
    TeamFactory,
    ToolFactory,
    administrator,
    document,
    member_of,
)

pytestmark = pytest.mark.django_db

ADD = "/admin/servers/server/add/"


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(administrator())
    return client


@pytest.fixture
def server() -> Server:
    server = ServerFactory.create(name="org.example/weather", tags=["sky"])
    ToolFactory.create(server=server, name="forecast", description="<script>alert(1)</script>")
    return server


def default_team() -> Team:
    return Team.objects.default()


def change_url(row: Any) -> str:
    return reverse(f"admin:servers_{row._meta.model_name}_change", args=[row.pk])


def test_nobody_but_an_administrator_enters_whatever_django_would_permit(client: Client) -> None:
    user = member_of(default_team(), Role.ADMIN, is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    client.force_login(user)

    assert client.get("/admin/").status_code in (302, 403)
    assert client.get("/admin/servers/server/").status_code in (302, 403)


def test_an_administrator_enters_without_being_staff(admin: Client) -> None:
    assert not User.objects.get().is_staff
    assert admin.get("/admin/").status_code == 200


@pytest.mark.parametrize("model", ["server", "serverversion", "tool", "tag"])
def test_every_list_is_shown(admin: Client, server: Server, model: str) -> None:
    response = admin.get(f"/admin/servers/{model}/", {"q": "e"})

    assert response.status_code == 200


@pytest.mark.parametrize("model", [Server, ServerVersion, Tool, Tag])
def test_every_row_is_shown(admin: Client, server: Server, model: Any) -> None:
    response = admin.get(change_url(model.objects.get()))

    assert response.status_code == 200
    assert b"<script>alert" not in response.content


def test_a_server_is_shown_with_health_in_words_and_its_document(
    admin: Client, server: Server
) -> None:
    page = admin.get(change_url(server)).content.decode()

    assert '<span class="health health-unknown">unknown</span>' in page
    assert "&quot;version&quot;: &quot;1.0.0&quot;" in page
    assert "forecast" in page


def test_a_pasted_document_registers_a_server(admin: Client) -> None:
    tag = TagFactory.create(name="sky")
    fields = {"tags": [tag.pk], "category": "W", "team": default_team().pk, "visibility": "team"}

    response = admin.post(ADD, {"document": json.dumps(document()), **fields})

    server = Server.objects.get()
    assert response.status_code == 302
    assert (server.category, server.monitored, server.latest_version.version) == (
        "W",
        False,
        "1.0.0",
    )
    assert server.registered_by == User.objects.get()
    assert list(server.tags.all()) == [tag]


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        ("{", "Malformed JSON"),
        ("[]", "A server.json is a JSON object"),
        (json.dumps(document(version="latest")), "version must be one version"),
        (json.dumps(document(name="org.example/Taken")), "already registered"),
    ],
)
def test_a_document_that_cannot_be_registered_is_explained(
    admin: Client, pasted: str, reason: str
) -> None:
    ServerFactory.create(name="org.example/taken")

    response = admin.post(ADD, {"document": pasted})

    assert response.status_code == 200
    assert reason in str(response.context["errors"])
    assert Server.objects.count() == 1


def test_what_the_registry_keeps_is_changed_through_the_service(
    admin: Client, server: Server
) -> None:
    other = TeamFactory.create()
    inlines = {f"{name}-{form}_FORMS": 0 for name in ("versions", "tools") for form in FORMS}

    fields = {"category": "W", "enabled": "on", "team": other.pk, "visibility": "private"}
    fields |= {"based_on": server.edition, "labels": "{}"}

    response = admin.post(change_url(server), fields | inlines)

    assert response.status_code == 302
    server.refresh_from_db()
    assert (server.category, server.monitored, list(server.tags.all())) == ("W", False, [])
    assert (server.team, server.visibility) == (other, "private")
    assert server.revision == 2


FORMS = ("TOTAL", "INITIAL")


@pytest.mark.parametrize(("action", "enabled"), [("enable", True), ("disable", False)])
def test_servers_are_enabled_and_disabled_together(
    admin: Client, action: str, enabled: bool
) -> None:
    servers = ServerFactory.create_batch(2, enabled=not enabled)

    admin.post(
        "/admin/servers/server/",
        {"action": action, "_selected_action": [server.pk for server in servers]},
    )

    assert Server.objects.filter(enabled=enabled).count() == 2


def test_a_server_is_deleted_and_what_belongs_to_it_kept(admin: Client, server: Server) -> None:
    url = reverse("admin:servers_server_delete", args=[server.pk])

    assert "which can be restored" in admin.get(url).content.decode()
    response = admin.post(url, {"post": "yes"})

    assert response.status_code == 302
    server.refresh_from_db()
    assert server.deleted_at is not None
    assert Tool.objects.exists()


def test_servers_are_deleted_together(admin: Client) -> None:
    servers = ServerFactory.create_batch(2)
    chosen = {"_selected_action": [server.pk for server in servers], "post": "yes"}

    admin.post("/admin/servers/server/", {"action": "delete_selected", **chosen})

    assert not Server.objects.not_deleted().exists()


@pytest.mark.parametrize("model", ["serverversion", "tool"])
def test_versions_and_tools_are_read_only(admin: Client, server: Server, model: str) -> None:
    row = {"serverversion": ServerVersion, "tool": Tool}[model].objects.get()

    assert admin.get(f"/admin/servers/{model}/add/").status_code == 403
    assert admin.post(change_url(row), {"name": "x"}).status_code == 403
    assert admin.post(f"/admin/servers/{model}/{row.pk}/delete/").status_code == 403


def test_a_tag_is_kept_in_lower_case(admin: Client) -> None:
    admin.post("/admin/servers/tag/add/", {"name": " Sky "})

    assert Tag.objects.get().name == "sky"


def test_the_list_of_servers_has_the_columns_that_fit_a_page(admin: Client, server: Server) -> None:
    page = admin.get("/admin/servers/server/").content.decode()

    assert re.findall(r'<th scope="col" class="\S*\s?column-([a-z_]+)', page) == [
        "name",
        "health_in_words",
        "tool_count",
        "team",
        "visibility",
        "life",
    ]


def test_the_number_of_queries_does_not_grow_with_the_list(
    admin: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        ServerFactory.create(tags=["sky"])

    with django_assert_max_num_queries(18):
        admin.get("/admin/servers/server/")
