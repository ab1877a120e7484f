"""Gives the catalogue away as one stream: the official registry's format, which ``import_servers``
reads, and the documents for an allow list."""

from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

import orjson

from servers.documents.upgrades import OFFICIAL_META
from servers.models import ServerVersion, Status
from servers.querysets import ServerQuerySet, ServerVersionQuerySet

ROWS_AT_ONCE = 500


def exported(servers: ServerQuerySet) -> Iterator[str]:
    """Every version of ``servers`` that is in the catalogue, the oldest of each first, as the
    lines of one JSON document."""
    separators = chain([""], repeat(",\n"))
    versions = _in_the_catalogue(servers).iterator(chunk_size=ROWS_AT_ONCE)
    yield '{"servers": [\n'
    for separator, version in zip(separators, versions, strict=False):
        yield separator + orjson.dumps(_entry(version)).decode()
    yield "\n]}\n"


def allowed_documents(
    servers: ServerQuerySet, *, include_deprecated: bool
) -> Iterator[dict[str, Any]]:
    """The documents of all versions of ``servers`` that people may use, server by server."""
    versions = _in_the_catalogue(servers.listed())
    if not include_deprecated:
        versions = versions.exclude(status=Status.DEPRECATED)
    yield from versions.values_list("document", flat=True).iterator(chunk_size=ROWS_AT_ONCE)


def _in_the_catalogue(servers: ServerQuerySet) -> ServerVersionQuerySet:
    versions = ServerVersion.objects.listed().filter(server__in=servers.not_deleted().order_by())
    return versions.order_by("server__name", "published_at", "pk")


def _entry(version: ServerVersion) -> dict[str, Any]:
    official = {
        "status": version.status,
        "publishedAt": version.published_at,
        "updatedAt": version.updated_at,
        "statusChangedAt": version.status_changed_at,
        "isLatest": version.is_latest,
    }
    if version.status_message:
        official["statusMessage"] = version.status_message
    return {"server": version.document, "_meta": {OFFICIAL_META: official}}
