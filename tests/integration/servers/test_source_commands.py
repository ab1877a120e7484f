"""`manage.py add_source`, `sync_source` and `sources`: the same services at the terminal."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from servers.models import Server, Source
from servers.sources.leasing import take_lease
from tests.fixtures.factories import document

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings: Settings) -> Path:
    folder: Path = settings.SOURCES_DIR
    folder.mkdir(parents=True)
    (folder / "weather.json").write_text(json.dumps(document()))
    call("add_source", "files", "--kind", "folder", "--location", ".")
    return folder


def call(*arguments: str, **options: Any) -> str:
    said = StringIO()
    call_command(*arguments, stdout=said, **options)
    return said.getvalue()


def test_a_plan_is_printed_and_then_carried_out(folder: Path) -> None:
    planned = call("sync_source", "files", "--dry-run", verbosity=0)
    assert planned.startswith("create org.example/weather: 1.0.0\n1 documents read.")
    assert not Server.objects.exists()

    said = call("sync_source", "files", verbosity=0)

    assert "created    1 servers, 1 versions" in said
    assert Server.objects.get().source == Source.objects.get()


def test_sources_are_listed_with_how_they_went(folder: Path) -> None:
    call("sync_source", "files", verbosity=0)
    call("add_source", "official", "--url", "https://registry.example.org", "--interval", "60")

    heading, files, official = call("sources").splitlines()

    assert heading.split()[:4] == ["NAME", "KIND", "LOCATION", "EVERY"]
    assert files.split()[:5] == ["files", "folder", ".", "asked", "1"]
    assert official.split()[3:] == ["60", "min", "0", "never", "-"]


def test_a_failed_run_is_an_error(folder: Path) -> None:
    (folder / "broken.json").write_text("{")

    with pytest.raises(CommandError, match=r"files: broken\.json, line 1") as failure:
        call("sync_source", "files", verbosity=0)

    assert failure.value.returncode == 1


def test_an_upload_comes_from_a_file(tmp_path: Path) -> None:
    call("add_source", "mine", "--kind", "upload")
    path = tmp_path / "weather.json"
    path.write_text(json.dumps(document()))

    call("sync_source", "mine", "--file", str(path), verbosity=0)

    assert Server.objects.count() == 1


def test_a_credential_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("s3cret\n")

    call("add_source", "a", "--url", "https://example.org", "--credential-file", str(path))

    assert Source.objects.get().credential not in ("", "s3cret")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["add_source", "not a name", "--url", "https://example.org"], "is no name"),
        (["add_source", "a" * 51, "--url", "https://example.org"], "at most 50"),
        (["add_source", "a"], "URL of the registry"),
        (["add_source", "a", "--url", "https://example.org", "--include", "x"], "not a pattern"),
        (["add_source", "a", "--url", "https://example.org", "--team", "none"], "no team"),
        (["add_source", "a", "--credential-file", "/nowhere"], "No such file"),
        (["sync_source", "uploaded"], "--file FILE"),
        (["sync_source", "nothing"], "There is no source 'nothing'"),
    ],
)
def test_what_is_wrong_is_one_line(arguments: list[str], reason: str) -> None:
    call("add_source", "uploaded", "--kind", "upload")
    with pytest.raises(CommandError, match=reason) as refusal:
        call(*arguments)

    assert refusal.value.returncode == 2
    assert "\n" not in str(refusal.value)


def test_a_name_that_is_taken_and_a_source_that_runs_are_refused(folder: Path) -> None:
    with pytest.raises(CommandError, match="is a source 'files' already"):
        call("add_source", "files", "--kind", "upload")
    take_lease(Source.objects.get(), now=timezone.now())
    with pytest.raises(CommandError, match="Another process"):
        call("sync_source", "files", verbosity=0)
