"""Where a request came from, behind as many proxies as the operator says there are.

``X-Forwarded-For`` is believed no further than ``ROLLCALL_TRUSTED_PROXIES`` reaches: what stands
left of that, the client wrote itself.
"""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The address of the client, or of the proxy that did not say; ``None`` on a unix socket."""
    forwarded = _forwarded_for(request, proxies=settings.TRUSTED_PROXIES)
    return _address(forwarded) or _address(request.META.get("REMOTE_ADDR", ""))


def _forwarded_for(request: HttpRequest, *, proxies: int) -> str:
    """What the outermost trusted proxy saw: each proxy adds the address it was called from."""
    if not proxies:
        return ""
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    return hops[-proxies] if len(hops) >= proxies else ""


def _address(text: str) -> str | None:
    """``text`` as an IP address without port and zone; ``None`` where it is none."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
