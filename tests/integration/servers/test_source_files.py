"""Folders, files and uploads as sources: what is read of them, and what never is."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from servers.models import Source
from servers.sources import InvalidSource, add_source, run_now
from tests.fixtures.factories import document
from tests.integration.servers.sources import catalogue, done, remarks, run, state

pytestmark = pytest.mark.django_db

CLOCK = document(name="org.example/clock")
YAML = """\
name: org.example/maps
description: Maps of everywhere.
version: "1.10"
remotes:
  - type: streamable-http
    url: https://maps.example.org/mcp
"""


@pytest.fixture
def folder(settings: Settings) -> Path:
    folder: Path = settings.SOURCES_DIR / "catalogue"
    folder.mkdir(parents=True)
    return folder


def source_of(kind: Source.Kind, location: str = "", **fields: Any) -> Source:
    return add_source(name="files", kind=kind, location=location, now=timezone.now(), **fields)


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))


def test_a_folder_is_read_at_any_depth(folder: Path) -> None:
    write(folder / "org.example" / "clock.json", CLOCK)
    write(folder / "a" / "b" / "c" / "maps.yaml", YAML)
    write(folder / "README.md", "# Our servers")
    write(folder / ".git" / "hidden.json", "{")

    ran = done(source_of(Source.Kind.FOLDER, "catalogue"))

    assert catalogue() == {
        "org.example/clock": {"1.0.0": "active"},
        "org.example/maps": {"1.10": "active"},
    }
    assert ran.counts["refused"] == 0


def test_a_file_that_left_the_folder_is_pruned_and_a_second_run_changes_nothing(
    folder: Path,
) -> None:
    write(folder / "clock.json", CLOCK)
    write(folder / "maps.yaml", YAML)
    source = source_of(Source.Kind.FOLDER, "catalogue")
    done(source)
    (folder / "clock.json").unlink()

    done(source)
    before = state()
    done(source)

    assert list(catalogue()) == ["org.example/maps"]
    assert state() == before


def test_versions_with_a_status_are_read_as_they_are_exported(folder: Path) -> None:
    versions = [
        {"server": CLOCK, "status": "deprecated", "status_message": "Old."},
        {"server": {**CLOCK, "version": "2.0.0"}},
    ]
    write(folder / "clock.json", {"registry": {"team": "default"}, "versions": versions})

    done(source_of(Source.Kind.FOLDER, "catalogue"))

    assert catalogue() == {"org.example/clock": {"1.0.0": "deprecated", "2.0.0": "active"}}


def test_other_files_of_a_repository_are_told_and_left(folder: Path) -> None:
    write(folder / "clock.json", CLOCK)
    write(folder / "package.json", {"name": "website", "scripts": {}})

    ran = done(source_of(Source.Kind.FOLDER, "catalogue"))

    assert len(catalogue()) == 1
    assert remarks(ran, "refused")[0].startswith("package.json, entry 1 (website) neither")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("broken.json", '{\n"name": ', "broken.json, line 2: Malformed JSON"),
        ("broken.yaml", "name: [", "broken.yaml, line 2"),
        ("twice.yaml", "name: a\nname: b\n", "twice.yaml, line 2"),
        ("bomb.yaml", "a: &a [x]\nb: [*a, *a]\n", "bomb.yaml, line 1"),
        ("deep.json", "[" * 100_000, "deep.json"),
    ],
)
def test_a_broken_file_stops_the_whole_run(
    folder: Path, name: str, content: str, reason: str
) -> None:
    write(folder / "clock.json", CLOCK)
    write(folder / name, content)

    ran = run(source_of(Source.Kind.FOLDER, "catalogue"))

    assert ran.outcome == "failed"
    assert ran.error.startswith(reason)
    assert catalogue() == {}


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_links_do_not_lead_out(folder: Path, tmp_path: Path, kind: str) -> None:
    write(tmp_path / "secret.json", CLOCK)
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    location = "catalogue" if kind == "folder" else "catalogue/link.json"

    ran = run(source_of(Source.Kind(kind), location))

    assert "leads out of the folder of sources" in ran.error
    assert catalogue() == {}


@pytest.mark.parametrize("location", ["", "/etc", "../secret", "a/../../b", "a\0b"])
def test_a_location_outside_is_refused_at_once(folder: Path, location: str) -> None:
    with pytest.raises(InvalidSource, match="below the folder"):
        source_of(Source.Kind.FILE, location)


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ("MOST_FILES", "more than 1 files"),
        ("LARGEST_DOCUMENT", "clock.json is larger than 1 bytes"),
        ("LARGEST_FOLDER", "more than 1 bytes"),
    ],
)
def test_folders_are_bounded(
    folder: Path, monkeypatch: pytest.MonkeyPatch, limit: str, reason: str
) -> None:
    write(folder / "clock.json", CLOCK)
    write(folder / "maps.yaml", YAML)
    monkeypatch.setattr(f"servers.sources.files.{limit}", 1)

    assert reason in run(source_of(Source.Kind.FOLDER, "catalogue")).error


def test_a_missing_folder_or_file_fails(folder: Path) -> None:
    source = source_of(Source.Kind.FOLDER, "nowhere")
    assert run(source).error == "There is no folder 'nowhere' among the sources."
    Source.objects.update(kind=Source.Kind.FILE)
    assert run(source).error == "nowhere cannot be read: No such file or directory."


def test_a_file_holds_a_whole_export(folder: Path) -> None:
    write(folder / "all.json", {"servers": [{"server": CLOCK, "_meta": {}}]})

    done(source_of(Source.Kind.FILE, "catalogue/all.json"))

    assert list(catalogue()) == ["org.example/clock"]


@pytest.mark.parametrize("packed", [False, True])
def test_an_upload_is_read_and_not_kept(packed: bool) -> None:
    source = source_of(Source.Kind.UPLOAD)
    content = json.dumps([CLOCK]).encode()

    ran = done(source, upload=gzip.compress(content) if packed else content)

    assert list(catalogue()) == ["org.example/clock"]
    assert source.runs.get(pk=ran.pk).upload is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\x1f\x8bnonsense"])
def test_an_upload_of_something_else_fails(content: bytes) -> None:
    ran = run(source_of(Source.Kind.UPLOAD), upload=content)

    assert ran.error.startswith("The upload")
    assert catalogue() == {}


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servers.importing.contents.LARGEST_CONTENT", 1000)

    ran = run(source_of(Source.Kind.UPLOAD), upload=gzip.compress(b" " * 100_000))

    assert "larger than 1,000 bytes" in ran.error


def test_only_uploads_take_a_file() -> None:
    source = source_of(Source.Kind.UPLOAD)
    with pytest.raises(InvalidSource, match="uploaded to sources of the kind"):
        run_now(source=source, now=timezone.now())
