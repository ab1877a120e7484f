"""The whole official registry, imported and read back page by page by anybody."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from registry_site.lib.progress import NoProgress
from servers.documents import SCHEMA_URL
from servers.importing import ImportReport, read_entries
from tests.fixtures.factories import document
from tests.fixtures.official_registry import EXCERPT, EXPORT, OFFICIAL_META, needs_export

pytestmark = pytest.mark.django_db

Entries = dict[tuple[str, str], dict[str, Any]]


def by_key(entries: list[dict[str, Any]]) -> Entries:
    keyed = {(each["server"]["name"], each["server"]["version"]): each for each in entries}
    assert len(keyed) == len(entries)  # none twice
    return keyed


def read_back() -> Entries:
    """Every entry of every page."""
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 100}
    while True:
        page = APIClient().get("/v0.1/servers", query).json()
        found += page["servers"]
        if not (cursor := page["metadata"].get("nextCursor")):
            return by_key(found)
        query["cursor"] = cursor


def latest_of(entries: Entries) -> set[tuple[str, str]]:
    return {key for key, each in entries.items() if each["_meta"][OFFICIAL_META]["isLatest"]}


def import_publicly(path: Path) -> None:
    call_command("import_servers", str(path), "--visibility=public", "--verbosity=0")


def check_that_it_is_read_back(path: Path) -> Entries:
    """Import an export, and return what anybody then reads; it is the same."""
    published = by_key(json.loads(path.read_bytes())["servers"])
    given = read_entries([path], report=ImportReport(), progress=NoProgress())
    import_publicly(path)

    served = read_back()

    assert len(served) == len(given)
    assert served.keys() == published.keys()
    assert latest_of(served) == latest_of(published)
    for entry in given:
        key = entry.document["name"], entry.document["version"]
        assert served[key]["server"] == entry.document
        if not entry.repairs:  # it satisfies the current schema, and says so
            assert entry.document == published[key]["server"] | {"$schema": SCHEMA_URL}
    dates = {key: each["_meta"][OFFICIAL_META]["publishedAt"] for key, each in published.items()}
    told = {key: each["_meta"][OFFICIAL_META]["publishedAt"] for key, each in served.items()}
    assert [key for key in dates if dates[key][:19] != told[key][:19]] == []
    return served


@pytest.mark.slow
@needs_export
def test_the_official_registry_is_read_back_as_it_was_imported() -> None:
    served = check_that_it_is_read_back(EXPORT)

    assert len(served) == 2794
    assert len(latest_of(served)) == 1108


def test_an_excerpt_of_the_official_registry_is_too(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps({"servers": EXCERPT}), encoding="utf-8")

    served = check_that_it_is_read_back(path)

    assert {version for _, version in latest_of(served)} == {"0.3.12", "1.0.6-test.7"}


def test_an_export_is_read_back_as_it_was_imported(tmp_path: Path) -> None:
    given = [
        {
            "server": document(name=f"org.example/server-{n}", version=version, remotes=None),
            "_meta": {OFFICIAL_META: {"publishedAt": f"2025-09-0{n}T10:00:00Z"}},
        }
        for n in range(1, 6)
        for version in ("1.0.0", "1.10.0", "1.9.0")
    ]
    path = tmp_path / "export.json"
    path.write_text(json.dumps({"servers": given}), encoding="utf-8")
    import_publicly(path)

    served = read_back()

    assert {key: each["server"] for key, each in served.items()} == {
        key: each["server"] for key, each in by_key(given).items()
    }
    assert {version for _, version in latest_of(served)} == {"1.10.0"}
