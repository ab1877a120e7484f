"""What the registry itself says of a server, beside its document."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypedDict

from django.db import transaction

from accounts import audit
from accounts.models import Team, User
from servers.access import Visibility
from servers.models import Event, Server
from servers.services.changing import lock, settle_change
from servers.services.events import emit
from servers.services.marks import set_aliases
from servers.services.successors import check_successor
from servers.services.tags import in_lower_case, set_tags

# Characters of a category, which the doors to these services check.
LONGEST_CATEGORY = 100


class ServerChanges(TypedDict, total=False):
    """What the registry itself says of a server, beside its document."""

    tags: Sequence[str]
    category: str
    enabled: bool
    monitored: bool
    team: Team
    visibility: Visibility
    contact: str
    runbook_url: str
    labels: dict[str, str]
    aliases: Sequence[str]
    successor: Server | None
    pinned: bool
    registered_by: User | None


# What is no column of the server's own row.
_RELATED = ("tags", "aliases")


@transaction.atomic
def update_server(
    *, server: Server, changes: ServerChanges, now: datetime, expected: int | None = None
) -> None:
    """Change what the registry itself says of ``server``; what is equal already stays untouched.

    Raises ``StaleWrite``, ``InvalidSuccessor``, and ``AliasTaken`` for a word that another
    server has.
    """
    lock(server, expected)
    check_successor(server, changes.get("successor"))
    before = registry_facts(server)
    if not (take_columns(server, changes) | set_related(server, changes)):
        return
    after = registry_facts(server)
    changed = [name for name in after if before[name] != after[name]]
    settle_change(
        server,
        action="server.update",
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
        now=now,
    )
    emit(event=Event.UPDATED, server=server, data={"changed": changed}, now=now)


def set_enabled(
    *, server: Server, enabled: bool, now: datetime, expected: int | None = None
) -> None:
    """Show ``server`` again to all who may see it, or to nobody but those who may edit it."""
    update_server(server=server, changes={"enabled": enabled}, now=now, expected=expected)


@transaction.atomic
def tag_server(
    *,
    server: Server,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
    now: datetime,
    expected: int | None = None,
) -> None:
    """Give ``server`` some tags more and take others from it. Raises ``StaleWrite``."""
    lock(server, expected)
    present = {tag.name for tag in server.tags.all()}
    tags = (present | in_lower_case(add)) - in_lower_case(remove)
    update_server(server=server, changes={"tags": sorted(tags)}, now=now)


def take_columns(server: Server, changes: ServerChanges) -> bool:
    """Set the columns that ``changes`` names; whether one differs. The caller saves."""
    columns: dict[str, Any] = {
        name: value for name, value in changes.items() if name not in _RELATED
    }
    changed = [name for name, value in columns.items() if value != getattr(server, name)]
    for name in changed:
        setattr(server, name, columns[name])
    return bool(changed)


def set_related(server: Server, changes: ServerChanges) -> bool:
    """Write what is no column of the server, which must be saved; whether anything differs."""
    tagged = "tags" in changes and set_tags(server, changes["tags"])
    named = "aliases" in changes and set_aliases(server, changes["aliases"])
    return tagged or named


def registry_facts(server: Server) -> audit.Facts:
    """What the registry itself says of ``server``, for the audit trail."""
    return {
        "team": server.team.slug,
        "visibility": str(server.visibility),
        "category": server.category,
        "tags": sorted(tag.name for tag in server.tags.all()),
        "aliases": sorted(alias.word for alias in server.aliases.all()),
        "labels": server.labels,
        "contact": server.contact,
        "runbook_url": server.runbook_url,
        "successor": server.successor.name if server.successor else None,
        "enabled": server.enabled,
        "monitored": server.monitored,
        "pinned": server.pinned,
        "registered_by": server.registered_by.username if server.registered_by else None,
    }
