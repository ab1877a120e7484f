"""``manage.py export``: what it writes, ``apply`` makes again, to the byte."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils.dateparse import parse_datetime

from servers.as_code import Defaults
from servers.as_code.shape import REGISTRY
from servers.as_code.texts import dump_yaml
from servers.as_code.writing import in_order, written
from servers.documents import InvalidDocument, repair_document, validate_imported
from servers.models import ReviewState, Server, ServerVersion
from servers.services import delete_server, registry_facts
from tests.fixtures.factories import (
    CREATED_AT,
    ServerFactory,
    ServerVersionFactory,
    document,
)
from tests.fixtures.official_registry import EXCERPT, EXPORT, OFFICIAL_META, needs_export

pytestmark = pytest.mark.django_db

# What the audit trail has of a server and no file says.
IN_NO_FILE = {"registered_by"}
SERVERS = 60  # of 1,108, evenly spread: enough for every shape of document, and seconds


def export(folder: Path) -> dict[str, bytes]:
    """The files that the command writes, by their path in the folder."""
    call_command("export", str(folder), verbosity=0)
    return files_in(folder)


def files_in(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_files_have_a_field_and_a_default_for_all_that_the_registry_says() -> None:
    server = ServerFactory.create()

    assert REGISTRY.keys() == registry_facts(server).keys() - IN_NO_FILE
    assert Defaults(team=server.team).facts().keys() == REGISTRY.keys()


def apply(folder: Path) -> None:
    call_command("apply", str(folder), verbosity=0)


def test_a_file_says_what_differs_from_the_defaults_in_a_fixed_order(temp_dir: Path) -> None:
    ServerFactory.create(
        name="org.example/weather",
        visibility="public",
        endpoint_url="",
        monitored=False,
        labels={"b": "1.10", "a": "no"},
        tags=["maps", "forecast"],
    )

    assert export(temp_dir)["org.example/weather.yaml"].decode() == WEATHER


WEATHER = """\
registry:
  visibility: public
  tags:
  - forecast
  - maps
  labels:
    a: 'no'
    b: "1.10"
  monitored: false
versions:
- server:
    $schema: https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json
    name: org.example/weather
    description: Forecasts and warnings for any place.
    version: 1.0.0
  published_at: '2026-01-01T12:00:00Z'
"""


def test_only_what_is_in_the_catalogue_is_written(temp_dir: Path) -> None:
    shown = ServerFactory.create(name="org.example/shown")
    ServerVersionFactory.create(
        server=shown, version="2.0.0", is_latest=False, review_state=ReviewState.DRAFT
    )
    ServerVersionFactory.create(server=shown, version="0.9", is_latest=False, status="deleted")
    ServerFactory.create(name="org.example/draft", published=False)
    delete_server(server=ServerFactory.create(name="org.example/gone"), now=CREATED_AT)

    files = export(temp_dir)

    assert list(files) == ["org.example/shown.yaml"]
    assert files["org.example/shown.yaml"].count(b"- server:") == 1


@pytest.mark.parametrize("unwritten", ["deleted", "unpublished"])
def test_a_successor_that_is_in_no_file_stays(temp_dir: Path, unwritten: str) -> None:
    successor = ServerFactory.create(name="org.example/next")
    shown = ServerFactory.create(name="org.example/shown", successor=successor)
    if unwritten == "deleted":
        delete_server(server=successor, now=CREATED_AT)
    else:
        Server.objects.filter(pk=successor.pk).update(published=False)
    export(temp_dir)

    apply(temp_dir)

    shown.refresh_from_db()
    assert (shown.successor, shown.edition) == (successor, 1)


def test_a_successor_that_is_in_no_file_is_left_out(temp_dir: Path) -> None:
    gone = ServerFactory.create(name="org.example/gone")
    ServerFactory.create(name="org.example/shown", successor=gone)
    delete_server(server=gone, now=CREATED_AT)

    assert b"successor" not in export(temp_dir)["org.example/shown.yaml"]


def test_everything_survives_the_way_out_and_in(temp_dir: Path) -> None:
    other = ServerFactory.create(name="org.example/other")
    server = ServerFactory.create(
        name="org.example/weather",
        category="2025-01-01",
        contact="no",
        labels={"on": "off"},
        successor=other,
        pinned=True,
        enabled=False,
    )
    server.aliases.create(word="wx")
    ServerVersionFactory.create(
        server=server,
        version="1.10",
        is_latest=False,
        status="deprecated",
        status_message="two\nlines\n",
        document=document(version="1.10", description="on: {x} # 😀", _meta=META),
    )
    before = export(temp_dir / "a")

    Server.objects.all().delete()
    apply(temp_dir / "a")

    assert export(temp_dir / "b") == before


META = {
    "io.modelcontextprotocol.registry/publisher-provided": {
        "floats": [1.0, 1e21, -0.5],
        "nothing": None,
        "words": ["~", "1e3", "0o7", "", " ", "a\n\n b\n"],
        "é": {"1": True, "true": 1},
    }
}


def test_the_order_of_keys_in_the_database_makes_no_difference(temp_dir: Path) -> None:
    server = ServerFactory.create()
    before = export(temp_dir)
    version = server.latest_version
    version.document = dict(sorted(version.document.items(), reverse=True))
    version.save()

    assert export(temp_dir) == before


def test_a_file_that_cannot_be_written_is_named(temp_dir: Path) -> None:
    ServerFactory.create(name="org.example/weather")
    (temp_dir / "org.example").write_text("in the way")

    with pytest.raises(CommandError, match=r"weather\.yaml: ") as refused:
        export(temp_dir)

    assert refused.value.returncode == 2


def write_as_files(entries: Iterable[Mapping[str, Any]], folder: Path) -> None:
    """Servers of the official registry with all their versions, a file each."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        if version := _version(entry):
            by_name.setdefault(entry["server"]["name"], []).append(version)
    for name, versions in by_name.items():
        versions.sort(key=lambda version: str(version["published_at"]))
        path = folder / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dump_yaml({"versions": versions}), newline="\n")


def _version(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    """The entry as a file has it, unless its document cannot be repaired."""
    repaired, _ = repair_document(entry["server"])
    try:
        validate_imported(repaired)
    except InvalidDocument:
        return None
    published_at = parse_datetime(entry["_meta"][OFFICIAL_META]["publishedAt"])
    assert published_at is not None
    return {"server": in_order(repaired), "published_at": written(published_at)}


def check_that_they_are_exported_as_applied(files: Path, out: Path) -> None:
    apply(files)
    rows = list(ServerVersion.objects.values("pk", "updated_at", "server__edition"))
    apply(files)

    assert export(out) == files_in(files)
    assert list(ServerVersion.objects.values("pk", "updated_at", "server__edition")) == rows


@pytest.mark.slow
@needs_export
def test_applying_and_exporting_real_servers_is_the_identity(temp_dir: Path) -> None:
    entries = json.loads(EXPORT.read_bytes())["servers"]
    names = sorted({entry["server"]["name"] for entry in entries})
    taken = set(names[:: len(names) // SERVERS])
    write_as_files((each for each in entries if each["server"]["name"] in taken), temp_dir / "real")

    assert len(files_in(temp_dir / "real")) >= SERVERS
    check_that_they_are_exported_as_applied(temp_dir / "real", temp_dir / "out")


def test_so_it_is_of_an_excerpt(temp_dir: Path) -> None:
    write_as_files(EXCERPT, temp_dir / "real")

    assert len(files_in(temp_dir / "real")) == 2
    check_that_they_are_exported_as_applied(temp_dir / "real", temp_dir / "out")
