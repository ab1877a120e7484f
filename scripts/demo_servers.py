"""Two live MCP servers for the demonstration: the official reference servers, on loopback.

``/time/mcp`` speaks Streamable HTTP, ``/fetch/sse`` the older HTTP+SSE, so that both kinds of
probe have something to talk to. ``/clock/mcp`` is for the reader of the README to register.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from mcp_server_fetch.server import (  # type: ignore[import-untyped]  # no types shipped
    create_server as create_fetch_server,
)
from mcp_server_time.server import (  # type: ignore[import-untyped]  # no types shipped
    create_server as create_time_server,
)
from starlette.applications import Starlette
from starlette.routing import Mount

from scripts.demo_choice import choice


def application() -> Starlette:
    """Both servers as one ASGI application."""
    time_app = create_time_server("UTC").streamable_http_app()
    clock_app = create_time_server("UTC").streamable_http_app()
    fetch_app = create_fetch_server().sse_app()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        # A mounted application's own lifespan is not run; this one keeps its sessions.
        async with (
            time_app.router.lifespan_context(time_app),
            clock_app.router.lifespan_context(clock_app),
        ):
            yield

    routes = [Mount("/time", time_app), Mount("/clock", clock_app), Mount("/fetch", fetch_app)]
    return Starlette(routes=routes, lifespan=lifespan)


def main() -> None:
    port = choice(Path(os.environ["ROLLCALL_HOME"]))
    if not port:
        sys.exit("This home has no demonstration; `make demo` loads it.")
    uvicorn.run(application(), host="127.0.0.1", port=port, timeout_graceful_shutdown=2)


if __name__ == "__main__":
    main()
