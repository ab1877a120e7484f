"""A live MCP server for the tests of this folder, and servers registered with its address."""

from collections.abc import Callable, Iterator

import pytest

from servers.models import Server
from tests.fixtures.factories import ServerFactory
from tests.fixtures.mcp_servers import dual_era_app, serve


@pytest.fixture(scope="session")
def weather() -> Iterator[str]:
    """The address of a live server with the tools ``get_forecast`` and ``get_warnings``."""
    with serve(dual_era_app()) as base:
        yield f"{base}/mcp"


@pytest.fixture
def live_server_row(db: None, weather: str) -> Callable[..., Server]:
    """Registers a server whose endpoint answers, however many tests share it."""

    def make(**columns: object) -> Server:
        return ServerFactory.create(**{"endpoint_url": weather} | columns)

    return make
