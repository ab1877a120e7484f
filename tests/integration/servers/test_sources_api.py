"""Sources in the REST API: administrators add, change, run and remove them."""

import gzip
import json
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AuditEvent
from servers.models import Server, Source
from servers.sources import run_due
from tests.fixtures.factories import TeamFactory, administrator, document, maintainer

pytestmark = pytest.mark.django_db

REGISTRY = {"name": "official", "kind": "registry", "location": "https://registry.example.org"}


@pytest.fixture
def client() -> APIClient:
    client = APIClient()
    client.force_authenticate(administrator())
    return client


def errors(answer: Any) -> dict[str, str]:
    return {entry["field"]: entry["message"] for entry in answer.json()["errors"]}


def test_a_source_is_added_shown_changed_and_removed(client: APIClient) -> None:
    TeamFactory.create(slug="platform")
    wanted = REGISTRY | {"team": "platform", "include": ["COM.example/*"], "interval_minutes": 60}

    added = client.post("/api/sources", wanted)

    assert added.status_code == 201
    assert client.get("/api/sources").json()["results"] == [added.json()]
    shown = client.get("/api/sources/official").json()
    assert (shown["team"], shown["include"]) == ("platform", ["com.example/*"])
    assert shown["next_run_at"] is not None
    changed = client.patch("/api/sources/official", {"enabled": False, "latest_only": True})
    assert (changed.json()["latest_only"], changed.json()["next_run_at"]) == (True, None)
    assert client.delete("/api/sources/official").status_code == 204
    assert client.get("/api/sources/official").status_code == 404
    done = AuditEvent.objects.filter(subject="official", outcome="done").order_by("pk")
    assert [event.action for event in done] == ["source.add", "source.update", "source.remove"]


def test_a_credential_is_written_and_never_shown(client: APIClient) -> None:
    added = client.post("/api/sources", REGISTRY | {"credential": "tok-canary"})

    assert added.json()["has_credential"] is True
    changed = client.patch("/api/sources/official", {"credential": "other-canary"})
    shown = [added.json(), changed.json(), client.get("/api/sources").json()]
    trail = list(AuditEvent.objects.values("before", "after"))
    assert "canary" not in json.dumps([*shown, *trail])
    removed = client.patch("/api/sources/official", {"credential": ""})
    assert removed.json()["has_credential"] is False


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"location": "ftp://example.org"}, "location", "http"),
        ({"location": "http://example.org"}, "location", "must be https"),
        ({"location": "https://10.0.0.1"}, "location", "private"),
        ({"location": "https://example.org/?a=b"}, "location", "URL of the registry"),
        ({"name": "not a name"}, "name", "slug"),
        ({"kind": "ftp"}, "kind", "not a valid choice"),
        ({"include": ["*/clock"]}, "include", "not a pattern"),
        ({"interval_minutes": 0}, "interval_minutes", "greater than or equal to 1"),
        ({"team": "nobody"}, "team", "no team"),
        ({"credential": "a b"}, "credential", "visible ASCII"),
        ({"kind": "upload"}, "location", "no location"),
        ({"kind": "folder", "location": "../up"}, "location", "below the folder"),
        ({"kind": "folder", "location": "a", "credential": "x"}, "credential", "Only a registry"),
        ({"colour": "red"}, "colour", "not a known field"),
    ],
)
def test_what_is_wrong_is_refused_at_its_field(
    client: APIClient, changes: dict[str, Any], field: str, reason: str
) -> None:
    answer = client.post("/api/sources", REGISTRY | changes)

    assert answer.status_code == 400
    assert reason in errors(answer)[field]
    assert not Source.objects.exists()


def test_a_name_is_taken_once(client: APIClient) -> None:
    client.post("/api/sources", REGISTRY)

    assert client.post("/api/sources", REGISTRY).status_code == 409


def test_a_run_is_asked_for_and_a_worker_runs_it(client: APIClient, settings: Any) -> None:
    settings.SOURCES_DIR.mkdir(parents=True)
    (settings.SOURCES_DIR / "one.json").write_text(json.dumps(document()))
    client.post("/api/sources", {"name": "files", "kind": "file", "location": "one.json"})

    asked = client.post("/api/sources/files/run", {"dry_run": True})

    assert (asked.status_code, asked.json()["outcome"]) == (202, "waiting")
    assert run_due(clock=timezone.now) == 1
    (ran,) = client.get("/api/sources/files/runs").json()["results"]
    assert (ran["outcome"], ran["dry_run"]) == ("done", True)
    assert ran["changes"] == ["create org.example/weather: 1.0.0"]
    assert not Server.objects.exists()


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_is_uploaded(client: APIClient, packed: bool) -> None:
    client.post("/api/sources", {"name": "mine", "kind": "upload"})
    content = json.dumps(document()).encode()
    body = gzip.compress(content) if packed else content

    asked = client.post(
        "/api/sources/mine/upload",
        body,
        content_type="application/gzip" if packed else "text/plain",
    )

    assert asked.status_code == 202
    assert run_due(clock=timezone.now) == 1
    assert Server.objects.get().name == "org.example/weather"


def test_an_upload_is_bounded_and_has_its_kind(client: APIClient) -> None:
    client.post("/api/sources", {"name": "mine", "kind": "upload"})
    client.post("/api/sources", REGISTRY)

    large = client.post(
        "/api/sources/mine/upload", b" " * (1024 * 1024 + 1), content_type="application/json"
    )
    elsewhere = client.post("/api/sources/official/upload", b"{}", content_type="application/json")

    assert large.status_code == 413
    assert "upload" in errors(elsewhere)
    assert "upload" in errors(client.post("/api/sources/mine/run", {}))
    assert "wait" in errors(
        client.post("/api/sources/mine/upload?wait=1", b"{}", content_type="x/y")
    )


@pytest.mark.parametrize("path", ["", "/official", "/official/runs"])
def test_only_administrators_see_sources(path: str) -> None:
    client = APIClient()
    assert client.get(f"/api/sources{path}").status_code == 401
    client.force_authenticate(maintainer())
    assert client.get(f"/api/sources{path}").status_code == 403
