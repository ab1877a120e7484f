"""The rendered proxy: what no hostile entry can do to it, and that a real nginx works with it."""

import asyncio
import shutil
import subprocess  # noqa: TID251 - it starts the nginx under test
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import httpx
import httpx2
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from pytest_django.live_server_helper import LiveServer
from starlette.types import Receive, Scope, Send

from accounts.access import Action
from accounts.services import create_token, grant, revoke
from servers.access import Visibility
from servers.models import Transport
from tests.fixtures.factories import ServerFactory, UserFactory
from tests.fixtures.mcp_servers import dual_era_app, serve
from tests.fixtures.stack import eventually, free_port

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CA_FILE = "/etc/ssl/certs/ca-certificates.crt"

pytestmark = pytest.mark.django_db
needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


def render(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("render_nginx", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


# --- The text ----------------------------------------------------------------------------------


def test_an_enabled_remote_server_has_a_location() -> None:
    ServerFactory.create(name="org.example/clock", endpoint_url="https://clock.example.org/mcp?x=1")
    text, left_out = render()
    assert 'location = "/proxy/org.example/clock" {' in text
    assert 'set $rollcall_asked "server=org.example%2Fclock";' in text
    assert 'set $rollcall_endpoint "https://clock.example.org/mcp?x=1";' in text
    assert left_out == ""


def test_local_and_disabled_servers_have_none() -> None:
    ServerFactory.create(transport=Transport.STDIO, endpoint_url="")
    ServerFactory.create(enabled=False)
    text, left_out = render()
    assert 'location = "/proxy' not in text
    assert left_out == ""


@pytest.mark.parametrize(
    "endpoint",
    [
        'https://a.example/"; } server { listen 99; #',
        "https://a.example/$document_root",
        "https://a.example/${arg_x}",
        "https://a.example/\\",
        "https://a.example/\nreturn 200;",
        "https://a.example/mcp\n",
        "https://a.example/a b",
        "https://a.example/;",
        "https://a.example/{x}",
        "https://user:secret@a.example/mcp",
        "https://a.example:99999/mcp",
        "ftp://a.example/mcp",
        "unix:/run/secret.sock",
        "https://a.example/'#",
    ],
)
def test_an_address_that_is_more_than_one_is_left_out(endpoint: str) -> None:
    ServerFactory.create(name="evil.example/a", endpoint_url=endpoint)
    text, left_out = render()
    assert text == render()[0]
    assert "evil.example" not in text
    assert "a.example" not in text
    assert left_out.startswith("Left out 'evil.example/a': ")
    assert len(left_out.splitlines()) == 1


@pytest.mark.parametrize("name", ['a/b"; return 200; #', "a/b\n}", "a/b$uri", "a/../../b", "a/b c"])
def test_a_name_that_is_more_than_one_is_left_out(name: str) -> None:
    ServerFactory.create(name=name)
    text, left_out = render()
    assert 'location = "/proxy' not in text
    assert left_out.startswith("Left out ")


def test_a_transport_of_two_addresses_is_left_out() -> None:
    ServerFactory.create(transport=Transport.SSE)
    assert "only Streamable HTTP" in render()[1]


@pytest.mark.parametrize(
    "option",
    [
        "--listen=80; return 200",
        "--listen=no-port",
        "--listen=0",
        "--listen=127.0.0.1:65536",
        "--listen=unix:",
        "--listen=80 default_server",
        "--resolver=$x",
        "--ca-file=/a b",
        '--registry=http://a/"',
    ],
)
def test_the_operators_own_words_are_checked_as_well(option: str) -> None:
    with pytest.raises(CommandError) as refused:
        render(option)
    assert refused.value.returncode == 2


@pytest.mark.parametrize(
    "place", ["80", "127.0.0.1:8080", "[::1]:8080", "proxy.example.org:443", "unix:/run/proxy.sock"]
)
def test_it_listens_where_it_is_told(place: str) -> None:
    assert f"listen {place};" in render("--listen", place)[0]


def test_it_is_written_to_a_file(tmp_path: Path) -> None:
    ServerFactory.create()
    path = tmp_path / "rollcall.conf"
    assert render("--output", str(path)) == ("", f"{path}: 1 location(s) written.\n")
    assert path.read_text() == render()[0]
    with pytest.raises(CommandError, match="No such file") as refused:
        render("--output", str(tmp_path / "absent" / "x"))
    assert refused.value.returncode == 2


# --- A real nginx before a real server ---------------------------------------------------------


@contextmanager
def nginx(folder: Path, registry: str, *options: str) -> Iterator[str]:
    """A running nginx with the rendered configuration; gives its address."""
    port = free_port()
    conf, main = folder / "rollcall.conf", folder / "nginx.conf"
    render(f"--output={conf}", f"--listen=127.0.0.1:{port}", f"--registry={registry}", *options)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; {temporary} include {conf}; }}\n"
    )
    process = subprocess.Popen([str(NGINX), "-p", folder, "-c", main])  # noqa: S603 - it is nginx
    address = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: is_up(address), within=10)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=10)


def is_up(address: str) -> bool:
    try:
        return httpx.get(address).status_code > 0
    except httpx.TransportError:
        return False


@needs_nginx
def test_a_real_nginx_takes_the_whole_catalogue(tmp_path: Path) -> None:
    for n in range(50):
        ServerFactory.create(endpoint_url=f"https://host-{n}.invalid/mcp?a=1&b={n}")
    with nginx(tmp_path, "http://127.0.0.1:1") as address:
        assert httpx.get(f"{address}/proxy/org.example/absent").status_code == 404
    assert "emerg" not in (tmp_path / "error.log").read_text()


class Seen:
    """A server of the official SDK that remembers the headers it was sent."""

    def __init__(self) -> None:
        self.app = dual_era_app()
        self.headers: list[dict[str, str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.headers.append({k.decode(): v.decode() for k, v in scope["headers"]})
        await self.app(scope, receive, send)


async def tools_through(address: str, token: str) -> list[str]:
    headers = {
        "Authorization": f"Bearer {token}",
        "Cookie": "sessionid=secret",
        "X-Rollcall-User": "root",
        "X-Rollcall-Token": "forged",
    }
    async with (
        httpx2.AsyncClient(headers=headers) as http,
        Client(streamable_http_client(address, http_client=http)) as client,
    ):
        return [tool.name for tool in (await client.list_tools()).tools]


def status_of(url: str, token: str = "") -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.post(url, json={}, headers=headers).status_code


@needs_nginx
@pytest.mark.django_db(transaction=True)
def test_a_client_calls_a_server_through_it(tmp_path: Path, live_server: LiveServer) -> None:
    user = UserFactory.create(username="ada")
    token = create_token(user=user, name="agent", now=timezone.now())[1]
    seen = Seen()
    with serve(seen) as upstream:
        name = "org.example/weather"
        ServerFactory.create(
            name=name, endpoint_url=f"{upstream}/mcp", visibility=Visibility.PRIVATE
        )
        with nginx(tmp_path, live_server.url) as proxy:
            url = f"{proxy}/proxy/{name}"
            assert status_of(url) == 401
            assert status_of(url, "rollcall_guess") == 401
            assert status_of(url, token) == 403
            held = grant(to=user, action=Action.CALL, pattern=name, now=timezone.now())
            assert asyncio.run(tools_through(url, token)) == ["get_forecast", "get_warnings"]
            assert status_of(f"{url}/", token) == 400  # the server's own word on an empty message
            revoke(grant=held, now=timezone.now())
            assert status_of(url, token) == 403
    for headers in seen.headers:
        assert headers["x-rollcall-user"] == "ada"
        assert "forged" not in headers.values()
        assert not {"authorization", "cookie"} & set(headers)
