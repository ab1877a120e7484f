"""`manage.py register_server` and `manage.py load_demo`."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from servers.models import Server, Tool
from tests.fixtures.factories import document
from tests.fixtures.mcp_servers import serve, weather_server

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    said = StringIO()
    call_command(*arguments, "--verbosity=0", stdout=said)
    return said.getvalue()


def written(folder: Path, content: Any) -> str:
    path = folder / "server.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(path)


def test_a_file_is_registered(tmp_path: Path) -> None:
    said = run("register_server", written(tmp_path, document()), "--tag=Sky", "--category=Weather")

    server = Server.objects.get()
    assert (server.category, [tag.name for tag in server.tags.all()]) == ("Weather", ["sky"])
    assert said == "Registered org.example/weather; see /servers/org.example/weather\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "Malformed JSON"),
        ("", "Malformed JSON"),
        ("[]", "A server.json is a JSON object"),
        (document(version="latest"), "version must be one version"),
        (document(remotes=[{"type": "sse", "url": "gopher://x"}]), r"remotes\[0\].url"),
    ],
)
def test_a_file_that_is_no_document_is_refused(tmp_path: Path, content: Any, reason: str) -> None:
    with pytest.raises(CommandError, match=reason) as refusal:
        run("register_server", written(tmp_path, content))

    assert refusal.value.returncode == 2
    assert not Server.objects.exists()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("missing.json", "No such file"),
        ("ftp://example.org/mcp", "Only http and https"),
        ("http://10.0.0.1/mcp", "private"),
        ("http://127.0.0.1:9/mcp", "http://127.0.0.1:9/mcp"),
    ],
)
def test_what_cannot_be_reached_is_not_registered(source: str, reason: str) -> None:
    with pytest.raises(CommandError, match=reason) as refusal:
        run("register_server", source)

    assert refusal.value.returncode == 2
    assert not Server.objects.exists()


def test_a_live_endpoint_is_registered_with_its_tools() -> None:
    with serve(weather_server().streamable_http_app()) as address:
        run("register_server", f"{address}/mcp", "--name=org.example/live")

    server = Server.objects.get(name="org.example/live")
    assert (server.title, server.endpoint_url) == ("weather", f"{address}/mcp")
    assert [tool.name for tool in server.tools.all()] == ["get_forecast", "get_warnings"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "already registered"),
        ({"name": "org.example/Weather"}, "already registered"),
        ({"name": "org-example/weather", "remotes": None, "packages": []}, "looks like"),
        ({"name": "org.example/other"}, "belongs to another server"),
    ],
)
def test_a_name_or_an_address_that_is_taken_is_refused(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    run("register_server", written(tmp_path, document()))

    with pytest.raises(CommandError, match=reason) as refusal:
        run("register_server", written(tmp_path, document(**changes)))

    assert refusal.value.returncode == 2
    assert Server.objects.count() == 1


def test_a_tag_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="at most 50 characters"):
        run("register_server", written(tmp_path, document()), "--tag=" + "x" * 51)


def test_a_file_names_its_server_itself(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--name is for a URL"):
        run("register_server", written(tmp_path, document()), "--name=org.example/other")


def test_live_servers_need_a_loopback_that_may_be_reached(settings: Settings) -> None:
    settings.OUTBOUND_ALLOW = []

    with pytest.raises(CommandError, match="loopback") as refusal:
        run("load_demo", "--live-port=8091")

    assert refusal.value.returncode == 2


def test_the_demonstration_is_varied_and_never_connected_to() -> None:
    run("load_demo")

    assert Server.objects.count() == 300
    assert Server.objects.values("category").distinct().count() == 27
    assert Tool.objects.count() > 2000
    assert not Server.objects.filter(monitored=True).exists()


def test_the_demonstration_is_loaded_once() -> None:
    run("load_demo", "--live-port=8091")

    said = run("load_demo", "--live-port=8091")

    assert "0 servers are new" in said
    assert Server.objects.count() == 302


def test_the_live_servers_of_the_demonstration_follow_their_port() -> None:
    run("load_demo", "--live-port=8091")

    run("load_demo", "--live-port=8092")

    live = Server.objects.to_probe().order_by("name")
    assert [server.endpoint_url for server in live] == [
        "http://127.0.0.1:8092/fetch/sse",
        "http://127.0.0.1:8092/time/mcp",
    ]
