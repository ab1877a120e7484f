"""A version as the official API shows it: the document, and what registries say of it.

The document is as it was published, to the letter. What the official registry says of each entry
stands under its key, what this registry says beside that stands under ``FACTS_META``.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, prefetch_related_objects

from accounts.services import Principal
from servers.documents.upgrades import OFFICIAL_META
from servers.models import Server, ServerVersion, Tool

# The key in `_meta` of what Rollcall knows of an entry.
FACTS_META = "dev.rollcall.registry/facts"

Entry = dict[str, Any]


def entries_of(versions: Iterable[ServerVersion], *, principal: Principal) -> list[Entry]:
    """``versions`` as ``principal`` may see them, who sees their servers or once did.

    A tombstone is what the version was: what the registry says of the server is not part of it.
    """
    shown = list(versions)
    prefetch_related_objects(shown, "server__team", "server__tags")
    tool_counts = _tool_counts({version.server_id for version in shown}, principal)
    once_seen = _not_visible_now(shown, principal)
    entries = []
    for version in shown:
        meta = {OFFICIAL_META: _official(version)}
        if version.server_id not in once_seen:
            tool_count = tool_counts.get(version.server_id, 0)
            meta[FACTS_META] = _facts(version, tool_count, principal=principal)
        entries.append({"server": version.document, "_meta": meta})
    return entries


def entry_of(version: ServerVersion, *, principal: Principal) -> Entry:
    """One of them."""
    return entries_of([version], principal=principal)[0]


def _official(version: ServerVersion) -> dict[str, Any]:
    stated = {
        "status": version.status,
        "statusMessage": version.status_message,
        "statusChangedAt": version.status_changed_at,
        "publishedAt": version.published_at,
        "updatedAt": version.updated_at,
        "isLatest": version.is_latest,
    }
    if not version.status_message:
        del stated["statusMessage"]
    return stated


def _facts(version: ServerVersion, tool_count: int, *, principal: Principal) -> dict[str, Any]:
    """What the registry itself says; whose the server is, it says to nobody but its users."""
    server = version.server
    facts = {
        "health": _health(server),
        "reviewState": version.review_state,
        "toolCount": tool_count,
        "category": server.category,
        "tags": sorted(tag.name for tag in server.tags.all()),
    }
    return facts | {"team": server.team.slug} if principal.is_authenticated else facts


def _health(server: Server) -> dict[str, Any]:
    checked_at = server.health_checked_at
    return {"state": server.health_state} | ({"checkedAt": checked_at} if checked_at else {})


def _not_visible_now(versions: Iterable[ServerVersion], principal: Principal) -> set[int]:
    """The servers of which ``principal`` sees tombstones only; most pages need not ask."""
    doubtful = {
        version.server_id
        for version in versions
        if version.server.deleted_at or not (version.server.enabled and version.server.published)
    }
    if not doubtful:
        return doubtful
    seen = Server.objects.visible_to(principal).filter(pk__in=doubtful)
    return doubtful - set(seen.order_by().values_list("pk", flat=True))


def _tool_counts(server_ids: set[int], principal: Principal) -> dict[int, int]:
    tools = Tool.objects.current().open_to(principal).filter(server__in=server_ids)
    counted = tools.order_by().values_list("server").annotate(total=Count("pk"))
    return dict(counted)
