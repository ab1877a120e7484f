"""Keeps the findings of each server: what the scan sees now, and since when.

Findings follow from documents and features, whose changes the audit trail has; they are no change
of their own.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Prefetch

from servers import models
from servers.documents import shortened
from servers.models import Feature, FeatureKind, Prompt, Resource, Server, Tool
from servers.scanning.findings import Finding, visible
from servers.scanning.scan import scan_definition, scan_names, scan_texts

DOCUMENT = "document"
# Before the path of what stands in a definition that the policy holds back.
OBSERVED = "observed."
LONGEST_PATH = 1000  # characters, as the column

_SAME = ("kind", "name", "path", "rule", "start", "end", "excerpt", "message")


def record_findings(*, server_id: int, now: datetime) -> int:
    """Make the findings of a server what the scan sees in its latest document and its features.

    A finding that is still there keeps its date. Returns how many there are; a server deleted in
    the meantime has none.
    """
    return record_findings_of_many(server_ids=[server_id], now=now)


@transaction.atomic
def record_findings_of_many(*, server_ids: Sequence[int], now: datetime) -> int:
    """The same of many servers, in as many queries as of one."""
    servers = Server.objects.filter(pk__in=server_ids).select_for_update().order_by("pk")
    scanned = servers.with_latest_version().prefetch_related(*_listed(), "findings")
    count, vanished, new = 0, list[int](), list[models.Finding]()
    for server in scanned:
        seen = {_identity(row): row for row in _rows_of(server, now=now)}
        known = {_identity(row): row for row in server.findings.all()}
        vanished += [row.pk for identity, row in known.items() if identity not in seen]
        new += [row for identity, row in seen.items() if identity not in known]
        count += len(seen)
    models.Finding.objects.filter(pk__in=vanished).delete()
    models.Finding.objects.bulk_create(new)
    return count


def _listed() -> "list[Prefetch[Any]]":
    """What servers list now, held back or not, into ``listed_tools`` and the like."""
    return [
        Prefetch(
            related, model.objects.filter(removed_at__isnull=True), to_attr=f"listed_{related}"
        )
        for related, model in (("tools", Tool), ("prompts", Prompt), ("resources", Resource))
    ]


def _identity(row: models.Finding) -> tuple[Any, ...]:
    return tuple(getattr(row, field) for field in _SAME)


def _rows_of(server: Server, *, now: datetime) -> Iterator[models.Finding]:
    for kind, name, found in _findings_of(server):
        yield models.Finding(
            server=server,
            kind=kind,
            name=name,
            path=shortened(visible(found.path), LONGEST_PATH),
            rule=found.rule,
            start=found.start,
            end=found.end,
            excerpt=found.excerpt,
            message=found.message,
            found_at=now,
        )


def _findings_of(server: Any) -> Iterator[tuple[str, str, Finding]]:
    """Each finding with the kind and name of what it is in."""
    for found in scan_texts(server.latest_version.document):
        yield DOCUMENT, "", found
    yield from _in_features(FeatureKind.TOOL, server.listed_tools)
    for name, found in scan_names(tool.name for tool in server.listed_tools).items():
        yield FeatureKind.TOOL, name, found
    yield from _in_features(FeatureKind.PROMPT, server.listed_prompts)
    yield from _in_features(FeatureKind.RESOURCE, server.listed_resources)


def _in_features(
    kind: FeatureKind, features: Iterable[Feature]
) -> Iterator[tuple[str, str, Finding]]:
    is_called = kind is not FeatureKind.RESOURCE
    for feature in features:
        for found in scan_definition(feature.definition, callable_name=is_called):
            yield kind, feature.name, found
        for found in scan_definition(feature.observed or {}, callable_name=is_called):
            yield kind, feature.name, found.below(OBSERVED)
