"""What the columns of a server repeat from its document."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from servers.documents.links import LONGEST_URL
from servers.documents.validation import PUBLISHER_META
from servers.models import Transport

# Under PUBLISHER_META: the description before it was cut to the 100 characters of the format.
FULL_DESCRIPTION = "fullDescription"

# What a client would rather use, first.
_REMOTE_PREFERENCE = (Transport.STREAMABLE_HTTP, Transport.SSE)


@dataclass(frozen=True, kw_only=True)
class DocumentFacts:
    """The searchable and reachable part of a valid ``server.json`` document."""

    title: str
    description: str
    website_url: str
    repository_url: str
    transport: Transport
    endpoint_url: str
    # How many packages there are of each ``registryType``.
    package_types: dict[str, int]


def facts_of(document: dict[str, Any]) -> DocumentFacts:
    """The facts of a valid ``document``; what it does not state is an empty string."""
    transport, endpoint_url = _way_in(document)
    full = document.get("_meta", {}).get(PUBLISHER_META, {}).get(FULL_DESCRIPTION)
    return DocumentFacts(
        title=document.get("title", ""),
        description=full if isinstance(full, str) and full else document["description"],
        website_url=document.get("websiteUrl", ""),
        repository_url=document.get("repository", {}).get("url", ""),
        transport=transport,
        endpoint_url=endpoint_url,
        package_types=package_types_of(document),
    )


def package_types_of(document: dict[str, Any]) -> dict[str, int]:
    """How many packages a valid ``document`` has of each registry."""
    return Counter(package["registryType"] for package in document.get("packages", []))


def _way_in(document: dict[str, Any]) -> tuple[Transport, str]:
    """The transport and address of the preferred remote; packages run where the client is."""
    remotes = document.get("remotes", [])
    for transport in _REMOTE_PREFERENCE:
        for remote in remotes:
            if remote["type"] == transport:
                return transport, _address(remote)
    return (Transport.STDIO if document.get("packages") else Transport.NONE), ""


def _address(remote: dict[str, Any]) -> str:
    """The remote's URL with its declared defaults filled in, or nothing where that makes none."""
    url: str = remote["url"]
    for name, variable in remote.get("variables", {}).items():
        value = variable.get("value", variable.get("default"))
        if value is not None:
            url = url.replace(f"{{{name}}}", value)
    return "" if "{" in url or len(url) > LONGEST_URL else url
