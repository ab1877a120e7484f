"""Headers that prove who we are: sent to one origin, shown nowhere.

A server may repeat what it was sent, in an error, a header or a description. Whatever it says goes
through ``masked`` before anybody reads it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

import httpx2

from registry_site.lib.outbound.failures import OutboundRefused

MASK = "***"
# A shorter value is a word that stands in any text, and hardly a secret.
SHORTEST_SECRET = 8


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Headers for ``origin`` and for no other."""

    origin: str
    headers: Mapping[str, str] = field(repr=False)

    def for_origin(self, origin: str) -> list[tuple[bytes, bytes]]:
        """The headers of a request to ``origin``: none, where it is not theirs."""
        if origin != self.origin:
            return []
        return [(name.encode(), value.encode()) for name, value in self.headers.items()]

    def masked(self, text: str) -> str:
        """``text`` with every secret in it replaced."""
        return self._secrets.sub(MASK, text) if self._secrets else text

    def mask_json(self, value: Any) -> None:
        """The same of every text and key in a JSON object or list, in its place."""
        waiting = [value] if self._secrets and value else []
        while waiting:
            parent = waiting.pop()
            entries = parent.items() if isinstance(parent, dict) else enumerate(parent)
            for key, child in list(entries):
                if isinstance(child, str):
                    parent[key] = self.masked(child)
                elif isinstance(child, (dict, list)):
                    waiting.append(child)
                if isinstance(key, str) and self.masked(key) != key:
                    parent[self.masked(key)] = parent.pop(key)

    @cached_property
    def _secrets(self) -> re.Pattern[str] | None:
        """Every form of a secret, the longest first; ignoring case, as host names are changed."""
        secrets = {form for value in self.headers.values() for form in _forms(value)}
        longest_first = sorted(secrets, key=len, reverse=True)
        return (
            re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if secrets else None
        )


NO_CREDENTIALS = Credentials(origin="", headers={})


def origin_of(url: str) -> str:
    """Scheme, host and port of ``url`` in the form in which they are compared.

    Raises ``OutboundRefused`` for what leads nowhere.
    """
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise OutboundRefused(f"Not a URL: {error}") from error
    if not parsed.host:
        raise OutboundRefused("Not an address: it names no host.")
    return origin(parsed)


def origin(url: httpx2.URL) -> str:
    host = url.raw_host.decode("ascii")
    place = f"[{host}]" if ":" in host else host
    return f"{url.scheme}://{place}" + (f":{url.port}" if url.port is not None else "")


def _forms(value: str) -> Iterator[str]:
    """A header's value, and what follows its scheme; as they are, and as in an address."""
    for secret in (value, value.partition(" ")[2].strip()):
        if len(secret) >= SHORTEST_SECRET:
            yield secret
            yield quote(secret, safe="")
