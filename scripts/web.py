"""One web process of `make run`: uvicorn on a socket that several processes may share.

Each process is supervised by itself. Uvicorn's own ``--workers`` would leave orphans on the port
when its parent is killed, and a socket handed over by ``--fd`` loses TCP_NODELAY: 44 ms a request
where this takes half a millisecond.
"""

import os
import signal
import socket
import sys

import uvicorn


def listening_socket(*, host: str, port: int) -> socket.socket:
    """A socket bound to ``host`` and ``port``; the kernel shares connections among its holders."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind((host, port))
    return bound


def main() -> None:
    address = listening_socket(
        host=os.environ["ROLLCALL_HOST"], port=int(os.environ["ROLLCALL_PORT"])
    )
    config = uvicorn.Config(
        "registry_site.asgi:application",
        lifespan="off",
        server_header=False,
        # ROLLCALL_TRUSTED_PROXIES says how much of X-Forwarded-For is true, not uvicorn.
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )
    # When it is done uvicorn raises again the signal that stopped it, which by default ends the
    # process on the spot: what is written at its end would not be.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    uvicorn.Server(config).run(sockets=[address])


if __name__ == "__main__":
    main()
