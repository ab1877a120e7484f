"""Reading files of servers: every known shape, and nothing of any other."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from registry_site.lib.progress import NoProgress
from servers.importing import ImportEntry, ImportReport, UnreadableFile, read_entries
from tests.fixtures.factories import document
from tests.fixtures.official_registry import OFFICIAL_META


def official(status: str = "active", **changes: Any) -> dict[str, Any]:
    stated = {"status": status, "publishedAt": "2025-09-09T00:16:49.16262Z"}
    return {"server": document(**changes), "_meta": {OFFICIAL_META: stated}}


def read(path: Path, content: Any) -> tuple[list[ImportEntry], ImportReport]:
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    report = ImportReport()
    return read_entries([path], report=report, progress=NoProgress()), report


@pytest.mark.parametrize(
    "content",
    [
        document(),
        [document()],
        {"servers": [document()]},
        {"servers": [official()], "metadata": {"count": 1}},
        [official()],
        official(),
        gzip.compress(json.dumps(document()).encode()),
    ],
)
def test_every_shape_of_a_registry_is_read(tmp_path: Path, content: Any) -> None:
    entries, report = read(tmp_path / "servers.json", content)

    assert [entry.document for entry in entries] == [document()]
    assert report.read == 1


def test_the_date_of_publication_is_kept(tmp_path: Path) -> None:
    entries, _ = read(tmp_path / "servers.json", {"servers": [official()]})

    assert entries[0].published_at == datetime(2025, 9, 9, 0, 16, 49, 162620, tzinfo=UTC)


def test_an_entry_of_a_catalogue_brings_its_tools(tmp_path: Path) -> None:
    entry = {"id": "a/b", "name": "B", "description": "d", "tools": [{"name": "t"}]}

    entries, _ = read(tmp_path / "catalogue.json", [entry])

    assert [tool.name for tool in entries[0].tools] == ["t"]


def test_repairs_and_refusals_are_told_with_their_entry(tmp_path: Path) -> None:
    content = [document(repository={}), document(name="nonsense"), 7]

    entries, report = read(tmp_path / "mixed.json", content)

    assert len(entries) == 1
    assert [remark.label for remark in report.repaired] == ["org.example/weather 1.0.0"]
    assert [remark.label for remark in report.refused] == [
        "mixed.json, entry 2 (nonsense)",
        "mixed.json, entry 3",
    ]
    assert "namespace/name" in report.refused[0].text


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"title": "a\u0000b"}, "U+0000"),
        ({"_meta": {"x": json.loads("[" * 70 + "]" * 70)}}, "nested deeper"),
    ],
)
def test_what_cannot_be_stored_is_refused(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    entries, report = read(tmp_path / "servers.json", [document(**changes)])

    assert entries == []
    assert reason in report.refused[0].text


def test_a_server_deleted_elsewhere_is_not_brought_back(tmp_path: Path) -> None:
    entries, report = read(tmp_path / "servers.json", [official(status="deleted")])

    assert entries == []
    assert "deleted" in report.refused[0].text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON"),
        (b'{"servers": [{"server": {"na', "not JSON"),
        (b"\x1f\x8bnonsense", "cannot be read"),
        (b"7", "holds no server"),
        (b"[]", "holds no server"),
        (b"{}", "holds no server"),
        (b'{"servers": 3}', "holds no server"),
        (b'[{"query": "a", "tool": "b"}]', "holds no server"),
    ],
)
def test_a_file_of_another_kind_is_refused_as_a_whole(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        read(tmp_path / "servers.json", content)


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableFile, match=r"No such file|directory"):
        read_entries([tmp_path / name], report=ImportReport(), progress=NoProgress())
