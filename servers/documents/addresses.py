"""The addresses a document names, in the one form in which they are compared."""

import re
from typing import Any
from urllib.parse import urlsplit

from servers.documents.paths import objects_in

_VARIABLE = re.compile(r"\$?\{[^}]*\}+")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def remote_urls(document: dict[str, Any]) -> set[str]:
    """The normalised addresses of the remotes of a valid ``document``.

    One whose host is all variables, such as ``https://{host}/mcp``, is nobody's.
    """
    urls = (remote["url"] for _, remote in objects_in(document, "remotes"))
    return {normalised(url) for url in urls if _has_a_host(url)}


def _has_a_host(url: str) -> bool:
    host = _VARIABLE.sub("", urlsplit(url).netloc).rpartition("@")[2]
    return bool(re.sub(r":\d*$", "", host).strip("."))


def normalised(url: str) -> str:
    """``url`` as it is compared; its template variables stay as they are.

    Scheme and host are in lower case, a default port and a slash at the end are left out.
    """
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{_place(parts.netloc, parts.scheme)}{parts.path.rstrip('/')}{query}"


def _place(netloc: str, scheme: str) -> str:
    """Host and port as they are compared; a template variable is no host and keeps its case."""
    host, colon, port = netloc.rpartition(":")
    if colon and port == str(_DEFAULT_PORTS.get(scheme)):
        netloc = host
    return netloc if "{" in netloc else netloc.lower()
