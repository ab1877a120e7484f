"""One change of a server: locked, checked against what its author saw, counted and audited.

Every service that changes a server begins with ``lock`` and ends with ``settle_change``.
"""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts import audit
from accounts.models import AuditEvent
from servers.access import any_of
from servers.models import Server
from servers.services.news import announce

# A stale write is told of this many changes at most, the newest first.
MOST_CHANGES_TOLD = 50
# How the actions begin that are done to a server itself.
TOPICS_OF_HISTORY = ("server.", "version.", "drift.")


class StaleWrite(Exception):
    """The server is not any more what the change was based on."""

    def __init__(self, server: Server, expected: int) -> None:
        super().__init__(_why_stale(server, expected))
        self.server = server
        self.expected = expected

    @property
    def changes(self) -> list[AuditEvent]:
        """What happened since the expected edition, the newest first, as the audit trail has it."""
        counted = history_of(self.server).filter(after__has_key="edition")
        recent = counted[:MOST_CHANGES_TOLD]
        return [event for event in recent if edition_of(event) > self.expected]


def _why_stale(server: Server, expected: int) -> str:
    if 0 < expected < server.edition:
        return (
            f"{server.name} has changed since: it is at edition {server.edition} now, "
            f"your change is based on {expected}."
        )
    never = f"there was no edition {expected}" if expected else "your If-Match names no edition"
    return f"{server.name} is at edition {server.edition}: {never}."


def history_of(server: Server) -> QuerySet[AuditEvent]:
    """What was done to ``server`` since it is there, the newest first.

    What happened under its name before that was another server's, and who may do what with it is
    told to those alone who grant it.
    """
    done = AuditEvent.objects.filter(
        subject=server.name, outcome=AuditEvent.Outcome.DONE, at__gte=server.created_at
    )
    of_the_server = any_of(Q(action__startswith=topic) for topic in TOPICS_OF_HISTORY)
    return done.filter(of_the_server).order_by("-pk")


def edition_of(event: AuditEvent) -> int:
    """The edition of the server after ``event``."""
    facts: dict[str, Any] = event.after or {}
    return int(facts.get("edition", 0))


def lock(server: Server, expected: int | None = None, *, also_deleted: bool = False) -> None:
    """Let one transaction at a time change ``server``, and let it see what the last one wrote.

    ``expected`` is the edition the change is based on. Raises ``StaleWrite``, and
    ``Server.DoesNotExist`` for one that is gone; a deleted one is, unless ``also_deleted``.
    """
    server.refresh_from_db(from_queryset=Server.objects.select_for_update())
    server.__dict__.pop("fetched_latest", None)
    if server.deleted_at is not None and not also_deleted:
        raise Server.DoesNotExist(f"{server.name} is deleted.")
    if expected is not None and server.edition != expected:
        raise StaleWrite(server, expected)


def settle_change(
    server: Server,
    *,
    action: str,
    now: datetime,
    before: audit.Facts | None = None,
    after: audit.Facts | None = None,
    detail: str = "",
) -> None:
    """Save ``server``, locked before, with a new edition and revision; note it, tell of it."""
    server.updated_at = now
    server.revision += 1
    server.edition += 1
    server.save()
    audit.record(
        action=action,
        subject=server.name,
        before=before,
        after={**(after or {}), "edition": server.edition},
        detail=detail,
        now=now,
    )
    announce([server.pk])
