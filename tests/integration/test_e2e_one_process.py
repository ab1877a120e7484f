"""The main job in one process: the real doors, tasks and a server of the official SDK.

Celery's part, ringing, is played by the test; the embedder is the deterministic one.
"""

import pytest
from rest_framework.test import APIClient

from healthchecks.tasks import sweep
from search.tasks import refresh
from tests.fixtures.factories import document

pytestmark = [pytest.mark.e2e, pytest.mark.core, pytest.mark.django_db(transaction=True)]

NAME = "com.example/nursery"


def test_a_registered_server_is_probed_indexed_found_and_hidden_again(
    test_client: APIClient, integration_auth_headers: dict[str, str], nursery: str
) -> None:
    test_client.credentials(HTTP_AUTHORIZATION=integration_auth_headers["Authorization"])
    remotes = [{"type": "streamable-http", "url": nursery}]

    body = document(name=NAME, remotes=remotes, visibility="public")
    created = test_client.post("/api/servers", body)
    sweep()
    refresh()

    assert created.status_code == 201
    assert test_client.get(f"/api/servers/{NAME}").data["health"]["state"] == "healthy"
    assert found(test_client, "water content of the bed")[0] == (NAME, "soil_moisture")

    test_client.post(f"/api/servers/{NAME}/disable")
    test_client.credentials()

    assert found(test_client, "water content of the bed") == []


def found(client: APIClient, query: str) -> list[tuple[str, str]]:
    answer = client.get("/api/search", {"q": query, "type": "tools"}).data
    return [(row["server"], row["name"]) for row in answer["results"]]
