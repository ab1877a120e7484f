"""The catalogue as one file: GET /api/servers/export and export_servers."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from httpx import AsyncClient
from rest_framework.test import APIClient

from servers.models import Server, ServerVersion
from tests.fixtures.factories import ServerFactory, ServerVersionFactory

pytestmark = pytest.mark.django_db


def test_a_visitor_gets_the_public_servers_with_all_their_versions(test_client: APIClient) -> None:
    shown = ServerFactory.create(name="org.example/shown")
    ServerVersionFactory.create(server=shown, version="0.9.0", is_latest=False)
    ServerFactory.create(name="org.example/hidden", visibility="team")

    answer = test_client.get("/api/servers/export")

    entries = json.loads(answer.getvalue())["servers"]
    assert [entry["server"]["name"] for entry in entries] == ["org.example/shown"] * 2
    assert "hidden" not in answer.getvalue().decode()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="servers.json"'


def test_without_anything_to_see_it_is_an_empty_document(test_client: APIClient) -> None:
    assert json.loads(test_client.get("/api/servers/export").getvalue()) == {"servers": []}


async def test_it_is_streamed_through_the_asynchronous_server_as_well(
    async_client: AsyncClient,
) -> None:
    answer = await async_client.get("/api/servers/export")

    assert answer.status_code == 200
    assert answer.json() == {"servers": []}


def test_what_is_exported_is_imported_again_as_it_was(temp_dir: Path) -> None:
    server = ServerFactory.create()
    ServerVersionFactory.create(server=server, version="2.0.0-rc.1", is_latest=False)
    before = list(ServerVersion.objects.values_list("version", "document", "published_at"))
    with (temp_dir / "all.json").open("w") as output:
        call_command("export_servers", output=output)

    server.delete()
    call_command("import_servers", str(temp_dir / "all.json"))

    assert list(ServerVersion.objects.values_list("version", "document", "published_at")) == before
    assert Server.objects.get().name == server.name
