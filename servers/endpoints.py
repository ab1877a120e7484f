"""A server known only by its address: what it says of itself, as a ``server.json`` document."""

import asyncio
import ipaddress
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from registry_site.lib.outbound import OutboundRefused, check_url, outbound_client
from servers.documents import SCHEMA_URL, is_version, shortened
from servers.documents.catalogue import UNSTATED_VERSION
from servers.documents.repairs import LONGEST_TEXT
from servers.mcp import Discovery, Endpoint, ProbeFailure, discover
from servers.models import Transport
from servers.services import Offer


class EndpointFailure(Exception):
    """The address did not answer as an MCP server; says why."""


@dataclass(frozen=True, kw_only=True)
class DescribedEndpoint:
    """A document for an endpoint, and what it offered when it was asked."""

    document: dict[str, Any]
    offer: Offer


def describe_endpoint(url: str, *, name: str = "") -> DescribedEndpoint:
    """Ask the MCP server at ``url`` who it is, within ``PROBE_DEADLINE``.

    ``name`` replaces the name made from its host and what it calls itself. Raises
    ``EndpointFailure``.
    """
    try:
        check_url(url)
        found = asyncio.run(_discover(url))
    except (OutboundRefused, ProbeFailure) as error:
        raise EndpointFailure(f"{url}: {error}") from error
    except TimeoutError as error:
        raise EndpointFailure(f"{url}: no answer in {settings.PROBE_DEADLINE:g} s.") from error
    return DescribedEndpoint(
        document=document_of(url, found, name=name),
        offer=Offer.of(
            tools=found.tools.known,
            prompts=found.prompts.known,
            resources=found.resources.known,
        ),
    )


async def _discover(url: str) -> Discovery:
    path = urlsplit(url).path.rstrip("/")
    transport = Transport.SSE if path.endswith("/sse") else Transport.STREAMABLE_HTTP
    async with asyncio.timeout(settings.PROBE_DEADLINE), outbound_client() as client:
        return await discover(Endpoint(url=url, transport=transport), client=client)


def document_of(url: str, found: Discovery, *, name: str) -> dict[str, Any]:
    """What the server said of itself, brought to the shape of a document."""
    info = {key: str(value) for key, value in found.server_info.items() if value}
    calls_itself = info.get("title") or info.get("name") or "A server"
    described = info.get("description") or f"{calls_itself}, an MCP server at {url}"
    return {
        "$schema": SCHEMA_URL,
        "name": name or f"{namespace_of(url)}/{_slug(info.get('name', ''))}",
        "title": shortened(calls_itself, LONGEST_TEXT),
        "description": shortened(described, LONGEST_TEXT),
        "version": _version(info.get("version", "")),
        "remotes": [{"type": found.transport, "url": url}],
    }


def namespace_of(url: str) -> str:
    """The host in reverse, as namespaces are written; ``local`` for an address in numbers."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return ".".join(reversed(host.split(".")))
    return "local"


def _slug(text: str) -> str:
    return re.sub(r"[^a-zA-Z0-9._-]+", "-", text).strip("._-").lower() or "server"


def _version(text: str) -> str:
    return text if is_version(text) and len(text) <= 255 else UNSTATED_VERSION
