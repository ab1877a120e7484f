"""The allow list for client administrators: GET /api/servers/allow-list and export_allow_list."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from servers.models import ReviewState
from servers.services import delete_server
from tests.fixtures.factories import (
    CREATED_AT,
    ServerFactory,
    ServerVersionFactory,
    maintainer,
)

pytestmark = pytest.mark.django_db

PATH = "/api/servers/allow-list"


def urls(client: APIClient, query: str = "") -> list[str]:
    answer = client.get(f"{PATH}?format=urls{query}")
    assert answer.status_code == 200
    return answer.getvalue().decode().splitlines()


def test_a_visitor_gets_what_everybody_sees(test_client: APIClient) -> None:
    ServerFactory.create(endpoint_url="https://b.example.org/mcp", name="org.example/b")
    ServerFactory.create(endpoint_url="https://a.example.org/mcp", name="org.example/a")
    ServerFactory.create(visibility="team")

    answer = test_client.get(PATH)

    assert json.loads(answer.getvalue()) == {
        "allowedMcpServers": [
            {"serverUrl": "https://a.example.org/mcp"},
            {"serverUrl": "https://b.example.org/mcp"},
        ]
    }
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="managed-settings.json"'


def test_what_is_not_in_the_catalogue_is_not_allowed_even_where_it_is_seen(
    test_client: APIClient,
) -> None:
    ServerFactory.create(enabled=False)
    ServerFactory.create(published=False)
    delete_server(server=ServerFactory.create(), now=CREATED_AT)
    draft = ServerFactory.create(version=None)
    ServerVersionFactory.create(server=draft, review_state=ReviewState.DRAFT)
    test_client.force_login(maintainer())

    assert urls(test_client) == []


def test_what_is_deprecated_is_allowed_where_it_is_asked_for(test_client: APIClient) -> None:
    server = ServerFactory.create(endpoint_url="https://a.example.org/mcp")
    server.versions.update(status="deprecated")

    assert urls(test_client) == []
    assert urls(test_client, "&include_deprecated=true") == ["https://a.example.org/mcp"]


@pytest.mark.parametrize(
    "query", ["format=xml", "include_deprecated=perhaps", "formt=copilot", "format="]
)
def test_a_wrong_parameter_is_named(test_client: APIClient, query: str) -> None:
    answer = test_client.get(f"{PATH}?{query}")

    assert answer.status_code == 400
    assert query.partition("=")[0] == answer.json()["errors"][0]["field"]


def test_the_command_writes_what_everybody_may_use(temp_dir: Path) -> None:
    ServerFactory.create(name="org.example/open")
    ServerFactory.create(name="org.example/ours", visibility="team")
    said = StringIO()

    call_command("export_allow_list", "--format", "names", stdout=said)
    call_command(
        "export_allow_list",
        *("--format", "names", "--visibility", "public", "--output", str(temp_dir / "names.txt")),
    )

    assert said.getvalue() == "org.example/open\norg.example/ours\n"
    assert (temp_dir / "names.txt").read_text() == "org.example/open\n"


def test_a_file_that_cannot_be_written_is_named(temp_dir: Path) -> None:
    with pytest.raises(CommandError, match=r"absent/list: No such file"):
        call_command("export_allow_list", "--output", str(temp_dir / "absent" / "list"))
