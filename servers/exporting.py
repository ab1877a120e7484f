"""Gives the catalogue away in the format of the official registry; ``import_servers`` reads it."""

from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

import orjson

from servers.importing import OFFICIAL_META
from servers.models import ServerVersion
from servers.querysets import ServerQuerySet

ROWS_AT_ONCE = 500


def exported(servers: ServerQuerySet) -> Iterator[str]:
    """Every version of ``servers``, the oldest of each first, as the lines of one JSON document."""
    versions = (
        ServerVersion.objects.filter(server__in=servers.order_by())
        .order_by("server__name", "published_at", "pk")
        .iterator(chunk_size=ROWS_AT_ONCE)
    )
    separators = chain([""], repeat(",\n"))
    yield '{"servers": [\n'
    for separator, version in zip(separators, versions, strict=False):
        yield separator + orjson.dumps(_entry(version)).decode()
    yield "\n]}\n"


def _entry(version: ServerVersion) -> dict[str, Any]:
    official = {
        "status": "active",
        "publishedAt": version.published_at,
        "isLatest": version.is_latest,
    }
    return {"server": version.document, "_meta": {OFFICIAL_META: official}}
