"""The catalogue as one file: GET /api/servers/export and export_servers."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from httpx import AsyncClient
from rest_framework.test import APIClient

from servers import services
from servers.documents.upgrades import OFFICIAL_META
from servers.models import ReviewState, Server, ServerVersion
from tests.fixtures.factories import CREATED_AT, ServerFactory, ServerVersionFactory, document

pytestmark = pytest.mark.django_db


def export_to(path: Path) -> None:
    call_command("export_servers", "--output", str(path))


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
    export_to(temp_dir / "all.json")

    server.delete()
    call_command("import_servers", str(temp_dir / "all.json"))

    assert list(ServerVersion.objects.values_list("version", "document", "published_at")) == before
    assert Server.objects.get().name == server.name


def test_what_is_exported_is_known_to_the_registry_it_comes_from(temp_dir: Path) -> None:
    said = StringIO()
    services.register_server(document=document(), now=CREATED_AT)
    export_to(temp_dir / "all.json")

    call_command("import_servers", str(temp_dir / "all.json"), stdout=said)

    assert ServerVersion.objects.get().document == document()
    assert "unchanged  1 documents" in said.getvalue()
    assert "conflicts  0 documents" in said.getvalue()


def test_only_what_is_in_the_catalogue_is_exported_with_its_status(test_client: APIClient) -> None:
    server = ServerFactory.create()
    server.versions.update(status="deprecated", status_message="Old.")
    ServerVersionFactory.create(
        server=server, version="2.0.0", is_latest=False, review_state=ReviewState.PENDING
    )
    ServerVersionFactory.create(server=server, version="0.9.0", is_latest=False, status="deleted")

    (entry,) = json.loads(test_client.get("/api/servers/export").getvalue())["servers"]

    official = entry["_meta"][OFFICIAL_META]
    assert (official["status"], official["statusMessage"]) == ("deprecated", "Old.")
    assert official["isLatest"]


def test_a_file_that_cannot_be_written_is_named(temp_dir: Path) -> None:
    with pytest.raises(CommandError, match=r"absent/all\.json: No such file") as refused:
        export_to(temp_dir / "absent" / "all.json")

    assert refused.value.returncode == 2
