"""The catalogue as the configuration of an nginx that lets clients through to the servers in it.

Endpoints and names come from documents that strangers wrote: what is not plainly an address, or
plainly a name, is left out rather than escaped, so that no text of theirs is read by nginx as a
directive or a variable.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from django.template.loader import render_to_string

from registry_site.lib.outbound import OutboundRefused, check_url
from servers.models import Server, Transport

# Inside double quotes, nginx gives a meaning to ", \\ and $ alone; none of them is in these.
_NAME = re.compile(r"[A-Za-z0-9.-]+/[A-Za-z0-9._-]+")
_URL = re.compile(
    r"https?://(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?"
    r"(?:/[A-Za-z0-9._~!()*+,=:@/%&?-]*)?"
)
# A port, an address or name with a port, or the path of a socket.
_LISTEN = re.compile(
    r"(?:(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):)?(?P<port>[0-9]{1,5})|unix:/[A-Za-z0-9._/-]+"
)
HIGHEST_PORT = 65_535
_WORD = re.compile(r"[A-Za-z0-9._:/\[\]-]+")


class NotForNginx(Exception):
    """What cannot be written into the configuration; says why."""


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """The nginx that is to be: what its operator says of it."""

    listen: str
    registry: str
    resolver: str
    ca_file: str
    # Whether the servers behind it refuse a message that differs from its Mcp- headers.
    headers_compared: bool

    def __post_init__(self) -> None:
        """Raises ``NotForNginx``."""
        if not _is_place_to_listen(self.listen):
            raise NotForNginx(f"{self.listen!r} is no port, host:port or unix:/path to listen on.")
        for text in (self.resolver, self.ca_file):
            if not _WORD.fullmatch(text):
                raise NotForNginx(f"{text!r} cannot stand in an nginx configuration.")
        if not _URL.fullmatch(self.registry):
            raise NotForNginx(f"{self.registry!r} is not the address of a registry.")


def _is_place_to_listen(text: str) -> bool:
    found = _LISTEN.fullmatch(text)
    if found is None:
        return False
    port = found["port"]
    return port is None or 1 <= int(port) <= HIGHEST_PORT


@dataclass(frozen=True, kw_only=True)
class Location:
    """One server behind the proxy."""

    name: str
    endpoint: str

    @property
    def asked(self) -> str:
        """The server in the query of the check."""
        return f"server={quote(self.name, safe='')}"


def location_of(server: Server) -> Location:
    """Where clients reach ``server``. Raises ``NotForNginx``."""
    if server.transport != Transport.STREAMABLE_HTTP:
        raise NotForNginx("only Streamable HTTP, with its one address, can be proxied")
    if not _NAME.fullmatch(server.name):
        raise NotForNginx("its name cannot stand in an nginx configuration")
    if not _URL.fullmatch(server.endpoint_url):
        raise NotForNginx("its address cannot stand in an nginx configuration")
    try:
        check_url(server.endpoint_url)
    except OutboundRefused as error:
        raise NotForNginx(str(error)) from error
    return Location(name=server.name, endpoint=server.endpoint_url)


def rendered(proxy: Proxy, locations: Iterable[Location]) -> str:
    """A file for nginx's ``conf.d``."""
    context = {
        "proxy": proxy,
        "registry_host": urlsplit(proxy.registry).netloc,
        "locations": locations,
    }
    return render_to_string("servers/nginx.conf", context)
