"""Grants: allow a user or a team an action on the servers of a pattern, and take that back."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.access import Action, server_pattern, tool_pattern
from accounts.models import Grant, Team, User
from accounts.querysets import GrantQuerySet


class GrantExists(Exception):
    """The same is granted already; revoke it first to grant it with another end."""

    def __init__(self, grant: Grant) -> None:
        super().__init__(f"It is granted already: {grant}.")


class ToolsOfThisAction(Exception):
    """Only seeing and calling can be limited to some tools of a server."""

    def __init__(self, action: Action) -> None:
        super().__init__(f"{action} is about whole servers: it takes no pattern of tools.")


class GrantIsOver(Exception):
    """A grant that ends before it begins allows nothing."""

    def __init__(self) -> None:
        super().__init__("The end of a grant must lie in the future.")


class HolderIsClosed(Exception):
    """What a closed account was granted it would hold, unseen, when it is opened again."""

    def __init__(self, user: User) -> None:
        super().__init__(f"The account {user} is closed: open it before you grant it anything.")


@transaction.atomic
def grant(
    *,
    to: User | Team,
    action: Action,
    pattern: str,
    now: datetime,
    tools: str = "",
    expires_at: datetime | None = None,
    note: str = "",
    granted_by: User | None = None,
) -> Grant:
    """Allow ``to`` the ``action`` on the servers that ``pattern`` covers, until ``expires_at``.

    Raises ``accounts.access.InvalidPattern``, ``ToolsOfThisAction``, ``GrantIsOver``,
    ``HolderIsClosed`` and ``GrantExists``.
    """
    row = planned_grant(
        to=to, action=action, pattern=pattern, now=now, tools=tools, expires_at=expires_at
    )
    row.note, row.granted_by = note, granted_by
    _end_expired(row, now)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:  # somebody else was quicker
        raise GrantExists(row) from error
    audit.record(action="grant.create", subject=row.pattern, after=facts_of(row), now=now)
    return row


def planned_grant(
    *,
    to: User | Team,
    action: Action,
    pattern: str,
    now: datetime,
    tools: str = "",
    expires_at: datetime | None = None,
) -> Grant:
    """The grant as it would be written, not yet written. Raises what ``grant`` raises."""
    row = Grant(
        user=to if isinstance(to, User) else None,
        team=to if isinstance(to, Team) else None,
        action=action,
        pattern=server_pattern(pattern),
        tool_pattern=tool_pattern(tools),
        expires_at=expires_at,
        created_at=now,
    )
    refuse_closed_holder(to)
    refuse_tools_of_whole_servers(action, row.tool_pattern)
    refuse_past_end(expires_at, now)
    existing = _same(row).in_force(now).first()
    if existing is not None:
        raise GrantExists(existing)
    return row


def refuse_closed_holder(to: User | Team) -> None:
    """Raises ``HolderIsClosed``."""
    if isinstance(to, User) and not to.is_active:
        raise HolderIsClosed(to)


def refuse_tools_of_whole_servers(action: Action, tools: str) -> None:
    """Raises ``ToolsOfThisAction``."""
    if tools and action not in (Action.VIEW, Action.CALL):
        raise ToolsOfThisAction(action)


def refuse_past_end(expires_at: datetime | None, now: datetime) -> None:
    """Raises ``GrantIsOver``."""
    if expires_at is not None and expires_at <= now:
        raise GrantIsOver


@transaction.atomic
def revoke(*, grant: Grant, now: datetime) -> None:
    """Take back what ``grant`` allowed."""
    before = facts_of(grant)
    deleted, _ = Grant.objects.filter(pk=grant.pk).delete()
    if deleted:
        audit.record(action="grant.revoke", subject=grant.pattern, before=before, now=now)


def facts_of(grant: Grant) -> dict[str, Any]:
    """The grant in the audit trail."""
    return {
        "to": grant.holder,
        "action": grant.action,
        "pattern": grant.pattern,
        "tools": grant.tool_pattern,
        "expires_at": grant.expires_at.isoformat() if grant.expires_at else None,
        "note": grant.note,
    }


def _end_expired(row: Grant, now: datetime) -> None:
    """One that has expired makes room for the same again."""
    for expired in _same(row).expired(now):
        revoke(grant=expired, now=now)


def _same(row: Grant) -> GrantQuerySet:
    """What differs from ``row`` in its end and note only."""
    return Grant.objects.filter(
        user=row.user,
        team=row.team,
        action=row.action,
        pattern=row.pattern,
        tool_pattern=row.tool_pattern,
    )
