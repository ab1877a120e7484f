"""What can be asked of many memberships, grants or audit events at once; chainable."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.contrib.sessions.base_session import BaseSessionManager
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Left, Length

from accounts.access import EVERYTHING, Action, patterns_of

if TYPE_CHECKING:
    from accounts.models import (  # noqa: F401 - named in the type parameters below
        AuditEvent,
        Grant,
        Session,
        Team,
    )
    from accounts.principals import Principal


class TeamQuerySet(models.QuerySet["Team"]):
    """Teams."""

    def default(self) -> Team:
        """The team of servers and people for which no other is named; made where it is missing."""
        return self.get_or_create(slug=self.model.DEFAULT, defaults={"name": "Everybody"})[0]

    def visible_to(self, principal: Principal) -> Self:
        """The teams that ``principal`` knows of: its own, and every team for an administrator.

        Credentials with scopes stand for a part of an account, and so for its own teams only.
        """
        sees_all = principal.is_administrator and principal.is_unlimited
        return self if sees_all else self.filter(pk__in=list(principal.roles))


class GrantQuerySet(models.QuerySet["Grant"]):
    """Grants, narrowed."""

    def to(self, principal: Principal) -> Self:
        """The grants to ``principal`` and to its teams."""
        if principal.user_id is None:
            return self.none()  # compared with null, every grant to a team would match
        return self.filter(Q(user_id=principal.user_id) | Q(team__in=list(principal.roles)))

    def held_by(self, principal: Principal, now: datetime) -> Self:
        """The grants that allow ``principal`` something at ``now``."""
        return self.to(principal).in_force(now)

    def in_force(self, now: datetime) -> Self:
        """Those that have not expired."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now))

    def expired(self, now: datetime) -> Self:
        """The others."""
        return self.filter(expires_at__lte=now)

    def of_actions(self, actions: Collection[Action]) -> Self:
        return self.filter(action__in=actions)

    def covering(self, name: str) -> Self:
        """Those whose pattern covers the server ``name``."""
        return self.filter(pattern__in=patterns_of(name))

    def of_whole_servers(self) -> Self:
        """Those for every tool."""
        return self.filter(tool_pattern="")

    def of_some_tools(self) -> Self:
        """Those for the tools of a pattern."""
        return self.exclude(tool_pattern="")

    def covering_tool(self, name: Any) -> Self:
        """Those for the tool ``name``: a text, or an expression where rows are compared."""
        beginning = Concat(Left(name, Length(F("tool_pattern")) - 1), Value(EVERYTHING))
        return self.filter(
            Q(tool_pattern="")
            | Q(tool_pattern=name)
            | Q(tool_pattern__endswith=EVERYTHING, tool_pattern=beginning)
        )


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """Events; they are added and read, never changed."""

    def update(self, **columns: Any) -> int:
        raise TypeError("Audit events are never changed.")

    def delete(self) -> Any:
        raise TypeError("Audit events are never deleted.")


class SessionManager(BaseSessionManager["Session"]):
    """Sessions."""
