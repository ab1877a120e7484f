"""The clients that companies use, with their exact requests, against the whole program."""

import httpx
import pytest
from httpx import AsyncClient
from pytest_django.fixtures import Settings

from servers.models import ServerVersion
from tests.fixtures.factories import ServerFactory, ServerVersionFactory
from tests.fixtures.mcp_servers import serve
from tests.fixtures.registry_clients import Copilot, Gallery

WITH_BUILD = "2025.11.13+pr147-5d1f8b0"


@pytest.fixture
def servers(transactional_db: None) -> list[str]:
    """The names of 120 public servers, each with an older version; half of them about tides."""
    names = [f"org.example/{['tides', 'winds'][n % 2]}-{n:03}" for n in range(120)]
    for name in names:
        server = ServerFactory.create(name=name, version__version=WITH_BUILD)
        ServerVersionFactory.create(server=server, version="0.9.0", is_latest=False)
    return names


def names_on(pages: list[list[dict[str, object]]]) -> list[str]:
    return [entry["server"]["name"] for page in pages for entry in page]  # type: ignore[index]


@pytest.mark.parametrize("base", ["/v0.1", "/v0"])
async def test_the_gallery_shows_every_server_once(
    async_client: AsyncClient, servers: list[str], base: str
) -> None:
    gallery = Gallery(http=async_client, base=base)

    assert await gallery.is_there()
    pages = await gallery.search()

    assert [len(page) for page in pages] == [50, 50, 20]
    assert names_on(pages) == sorted(servers)


async def test_the_gallery_finds_by_a_search_that_only_the_first_page_is_told(
    async_client: AsyncClient, servers: list[str]
) -> None:
    pages = await Gallery(http=async_client).search("TIDES")

    assert [len(page) for page in pages] == [50, 10]
    assert names_on(pages) == [name for name in servers if "tides" in name]


async def test_copilot_reads_the_list_and_each_version(
    async_client: AsyncClient, servers: list[str]
) -> None:
    copilot = Copilot(http=async_client)

    await copilot.preflight("/servers")
    shown = await copilot.servers()
    latest = await copilot.version(servers[0])
    older = await copilot.version(servers[0], "0.9.0")
    with_build = await copilot.version(servers[0], WITH_BUILD)

    assert [entry["server"]["version"] for entry in shown[:2]] == [WITH_BUILD, "0.9.0"]
    assert latest == with_build == shown[0]
    assert older == shown[1]


async def test_copilot_may_ask_before_it_asks_where_nothing_is_public(
    async_client: AsyncClient, settings: Settings
) -> None:
    settings.ANONYMOUS_READ = False
    await Copilot(http=async_client).preflight("/servers")

    refused = await async_client.get("/v0.1/servers", headers=Copilot.origin)

    assert refused.status_code == 401
    assert refused.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_real_web_server_passes_names_and_versions_on(servers: list[str]) -> None:
    from registry_site.asgi import application

    document = await ServerVersion.objects.values_list("document", flat=True).aget(
        server__name=servers[0], version=WITH_BUILD
    )
    with serve(application) as address:  # type: ignore[arg-type]  # stricter about dict than ASGI
        async with httpx.AsyncClient(base_url=address, trust_env=False) as http:
            shown = await Copilot(http=http).version(servers[0], WITH_BUILD)
            plain = await http.get(f"/v0.1/servers/{servers[0]}/versions/{WITH_BUILD}")
            pages = await Gallery(http=http).search("tides")

    assert shown["server"] == plain.json()["server"] == document
    assert len(names_on(pages)) == 60
