"""Hostile texts in every field stay texts: on the pages, in the admin, in what is reflected.

The pages are looked at twice. A parser looks for elements and attributes that only a payload can
have brought; then a browser opens them from files, where no content security policy helps, and
runs whatever there is to run.
"""

import shutil
import subprocess  # noqa: TID251 - it starts the browser
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.test import Client

from accounts import audit
from accounts.access import Action
from accounts.services import create_team, create_token, grant, set_member
from servers.models import Server
from tests.fixtures.factories import (
    CREATED_AT,
    ServerFactory,
    TagFactory,
    ToolFactory,
    UserFactory,
    tool_definition,
)

pytestmark = pytest.mark.django_db

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
RUN = "top.postMessage('executed:'+document.URL,'*')"
PAYLOADS = [
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f'"><img src=x onerror="{RUN}">',
    f"'><svg onload={RUN}>",
    f'" autofocus onfocus="{RUN}" x="',
    f"</textarea><script>{RUN}</script>",
    f"</pre></title><svg/onload={RUN}>",
    f"<details open ontoggle={RUN}>",
    f"--><iframe srcdoc='<script>{RUN}</script>'></iframe>",
    f"<math><mtext></mtext><style><img src=x onerror={RUN}></style></math>",
    "{{constructor.constructor('" + RUN.replace("'", "\\'") + "')()}}{% now %}",
]
ADDRESSES = [
    f"javascript:{RUN}",
    f"JaVaScRiPt:{RUN}",
    f"java\tscript:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    f"https://example.org/\"><img src=x onerror='{RUN}'>",
]
SAFE_SCHEMES = ("http:", "https:", "mailto:", "#", "/", "?", "data:image/")


class Intruders(HTMLParser):
    """Collects what a page of ours never has: handlers, scripts of a payload, running addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        for name, value in attributes:
            is_address = name in ("href", "src", "action", "formaction", "srcdoc")
            scheme_is_unknown = ":" in (value or "") and not (value or "").startswith(SAFE_SCHEMES)
            if name.startswith("on") or name == "srcdoc" or (is_address and scheme_is_unknown):
                self.found.append(f"<{tag} {name}={value!r}>")

    def handle_data(self, data: str) -> None:
        if self._in_script and "executed" in data:
            self.found.append(f"<script>{data}")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False


def intruders(page: str) -> list[str]:
    parser = Intruders()
    parser.feed(page)
    return parser.found


@pytest.fixture
def hostile_server() -> Server:
    """One server with a payload, or an address that runs, in every text it has."""
    everything = " ".join(PAYLOADS)
    server = ServerFactory.create(
        name="org.example/hostile",
        title=PAYLOADS[0],
        description=everything,
        category=PAYLOADS[3],
        website_url=ADDRESSES[0],
        repository_url=ADDRESSES[3],
        endpoint_url=ADDRESSES[4],
        health_reason=everything,
        tags=[payload[:50] for payload in PAYLOADS],
    )
    for number, payload in enumerate(PAYLOADS):
        definition = tool_definition(
            f"tool{number}{payload}",
            title=payload,
            description=payload,
            icons=[{"src": address} for address in ADDRESSES],
            inputSchema={"type": "object", "properties": {payload: {"description": payload}}},
        )
        name = definition["name"]
        ToolFactory.create(
            server=server, name=name, title=payload, description=payload, definition=definition
        )
    for address in ADDRESSES:
        TagFactory.create(name=address[:50])
    return server


@pytest.fixture
def administrator(hostile_server: Server) -> Client:
    """Signed in as somebody of a hostile name, beside whom every other row is hostile, too."""
    user = UserFactory.create(username=PAYLOADS[0], first_name=PAYLOADS[2], is_superuser=True)
    team = create_team(slug="hostile", name=PAYLOADS[3], now=CREATED_AT)
    set_member(team=team, user=user, role="viewer", now=CREATED_AT)
    create_token(user=user, name=PAYLOADS[4], now=CREATED_AT)
    grant(to=team, action=Action.VIEW, pattern="*", note=PAYLOADS[5], now=CREATED_AT)
    for payload in PAYLOADS:
        audit.record_denial(action="x", subject=payload, detail=payload, now=CREATED_AT)
    client = Client()
    client.force_login(user)
    return client


def reflecting(payload: str) -> list[str]:
    """Addresses whose answer repeats what they carry."""
    text = quote(payload)
    return [
        f"/search?q={text}",
        f"/?category={text}&health={text}&page={text}",
        f"/servers/{text}",
        f"/{text}",
        f"/accounts/login/?next={text}",
        f"/admin/servers/server/?q={text}",
        f"/admin/servers/server/?category={text}",
    ]


def admin_pages() -> Iterator[str]:
    """The list of every model, and the page of its first row."""
    for model in admin.site._registry:
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        yield address
        row = model._base_manager.first()
        if row is not None:
            yield f"{address}{quote(str(row.pk), safe='')}/change/"


def pages(client: Client) -> Iterator[tuple[str, str]]:
    """Every page that shows a stored text, with its address."""
    for address in ["/", "/search?q=hostile", "/servers/org.example/hostile", *admin_pages()]:
        yield address, client.get(address, follow=True).text


def test_no_stored_text_becomes_an_element_or_a_handler(administrator: Client) -> None:
    looked_at = {address: intruders(page) for address, page in pages(administrator)}

    assert {address: found for address, found in looked_at.items() if found} == {}
    assert len(looked_at) > 30


@pytest.mark.parametrize("payload", [*PAYLOADS, *ADDRESSES])
def test_no_reflected_text_becomes_an_element_or_a_handler(
    administrator: Client, payload: str
) -> None:
    answers = {address: administrator.get(address).text for address in reflecting(payload)}

    assert {address: intruders(page) for address, page in answers.items() if intruders(page)} == {}


@pytest.mark.parametrize("address", ["/api/servers", "/api/servers/org.example/hostile", "/api/x"])
def test_the_api_never_answers_as_a_page(administrator: Client, address: str) -> None:
    answer = administrator.get(address, headers={"Accept": "text/html"})

    assert answer.headers["Content-Type"].startswith(("application/json", "application/problem"))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_parser_finds_what_it_is_for() -> None:
    assert all(intruders(f"<p>{payload}</p>") for payload in PAYLOADS[:5])
    assert all(intruders(f'<a href="{address}">x</a>') for address in ADDRESSES[:3])


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
@pytest.mark.slow
def test_a_browser_runs_nothing_of_it(administrator: Client, temp_dir: Path) -> None:
    shown = {
        f"{number}.html": page.replace('<script src="', '<script data-src="')
        for number, (_, page) in enumerate(pages(administrator))
    }
    for name, page in shown.items():
        (temp_dir / name).write_text(page, encoding="utf-8")
    frames = "".join(f'<iframe src="{name}"></iframe>' for name in shown)

    assert executed(temp_dir, frames) == []
    (temp_dir / "0.html").write_text(PAYLOADS[2], encoding="utf-8")
    assert executed(temp_dir, frames) == ["0.html"]


def executed(folder: Path, frames: str) -> list[str]:
    """Which of the pages in ``frames`` ran something, as a browser says."""
    listen = (
        "<script>const ran = []; onmessage = message => ran.push(message.data.split('/').pop());"
        "onload = () => setTimeout(() => document.body.textContent = 'R' + 'AN:' + ran, 1000)"
        "</script>"
    )
    (folder / "all.html").write_text(f"<body>{listen}{frames}", encoding="utf-8")
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    options += ["--virtual-time-budget=20000", f"--user-data-dir={folder}/profile"]
    dom = subprocess.run(  # noqa: S603 - the browser under test
        [str(BROWSER), *options, (folder / "all.html").as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    ).stdout
    assert "RAN:" in dom
    ran = dom.partition("RAN:")[2].partition("</body>")[0].strip()
    return ran.split(",") if ran else []
