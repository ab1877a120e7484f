"""The one rule of who may do what to which server.

A principal may do something to a server for one of five reasons, and for no other (default deny):

- it is an administrator (a superuser);
- the server is public: everybody signed in sees and calls it, and visitors see it where
  ``ANONYMOUS_READ`` is on;
- its role in the server's team allows it, unless the server is private;
- it registered the server and still is a contributor, or more, of the server's team;
- a grant to it, or to a team of its, covers the server and has not expired.

A server that is disabled, or of which no version is approved yet, is called by nobody and is there
only for those who may edit or review it; a deleted one is there for nobody. The scopes of the
credentials in use leave a part of all that. Lists, counts, search, single objects, the check
for proxies and ``who_can`` all ask here.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet, TextChoices, Value

from accounts.access import (
    ACTIONS_OF_OWNER,
    EVERYTHING,
    Action,
    Scope,
    implied_by,
    patterns_of,
)
from accounts.models import Grant, Team
from accounts.querysets import GrantQuerySet
from accounts.services import Principal

# What can be done to a server that is there: registering it means nothing then.
ON_A_SERVER = [action for action in Action if action is not Action.REGISTER]
NOBODY = Q(pk__in=[])
EVERY_SERVER = ~NOBODY
# What is there for everybody who may see it.
LISTED = Q(enabled=True, published=True)
# Who may do one of these sees what is not listed, too.
BEHIND_THE_SCENES = (Action.EDIT, Action.REVIEW)


class Visibility(TextChoices):
    """Who may see a server without a grant."""

    PUBLIC = "public", "public"
    TEAM = "team", "team"
    PRIVATE = "private", "private"


class Reason(StrEnum):
    """Why something is allowed."""

    ADMINISTRATOR = "administrator"
    PUBLIC = "public"
    ROLE = "role"
    OWNER = "owner"
    GRANT = "grant"


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked: may ``principal`` do ``action`` at ``now``?

    ``server`` names the one server it is about, if it is about one: only grants that cover it are
    looked at then. ``tool`` names the one tool; ``whole_servers`` leaves out grants for some tools.
    """

    principal: Principal
    action: Action
    now: datetime
    server: str | None = None
    tool: str | None = None
    whole_servers: bool = False

    def grants(self) -> GrantQuerySet:
        """The grants that answer the question."""
        held = Grant.objects.held_by(self.principal, self.now)
        grants = held.of_actions(implied_by(self.action))
        if self.server is not None:
            grants = grants.covering(self.server)
        if self.tool is not None:
            grants = grants.covering_tool(Value(self.tool))
        return grants.of_whole_servers() if self.whole_servers else grants

    def of(self, action: Action) -> "Question":
        """The same question about another action."""
        return replace(self, action=action)


def allowed(question: Question) -> Q:
    """The condition on a server under which the answer is yes."""
    condition = allowed_were_it_listed(question) & Q(deleted_at__isnull=True)
    if question.action is Action.CALL:
        return condition & LISTED
    if question.action in (*BEHIND_THE_SCENES, Action.ADMINISTER):
        return condition
    insiders = [allowed_were_it_listed(question.of(action)) for action in BEHIND_THE_SCENES]
    return condition & (LISTED | any_of(insiders))


def allowed_were_it_listed(question: Question) -> Q:
    """The same of a server that is listed; it is also what the principal may grant to others."""
    condition = any_of(reasons(question).values()) & _within_scopes(question)
    if question.server is not None:
        condition &= Q(name_key=question.server.lower())
    return condition


def reasons(question: Question) -> dict[Reason, Q]:
    """Each reason with the condition under which it holds; one is enough."""
    principal, action = question.principal, question.action
    if principal.is_administrator:
        return {Reason.ADMINISTRATOR: EVERY_SERVER}
    found = {Reason.PUBLIC: _public(principal, action)}
    if principal.is_authenticated:
        found |= {
            Reason.ROLE: _role(principal, action),
            Reason.OWNER: _owner(principal, action),
            Reason.GRANT: _granted(question),
        }
    return found


def any_of(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions, NOBODY)


def may_register(*, principal: Principal, name: str, team: Team, now: datetime) -> bool:
    """Whether ``principal`` may register a server called ``name`` for ``team``.

    By its role in the team; or as a mere member of it, by a grant that covers the name. In a
    namespace that is claimed, which is what a grant to register in it means, by such a grant only.
    """
    question = Question(principal=principal, action=Action.REGISTER, now=now, server=name)
    if not any(scope.pattern in patterns_of(name) for scope in _scopes_for(question)):
        return False
    if principal.is_administrator:
        return True
    if team.pk in principal.teams_allowing(Action.REGISTER) and not _is_claimed(name, now):
        return True
    return team.pk in principal.roles and question.grants().exists()


def _is_claimed(name: str, now: datetime) -> bool:
    """Whether the namespace of ``name`` belongs to those who hold a grant to register in it."""
    namespace = patterns_of(name)[1]
    claims = Grant.objects.in_force(now).of_actions([Action.REGISTER])
    return claims.filter(pattern=namespace).exists()


def _public(principal: Principal, action: Action) -> Q:
    if principal.is_authenticated:
        is_open = action in (Action.VIEW, Action.CALL)
    else:
        is_open = action is Action.VIEW and settings.ANONYMOUS_READ
    return Q(visibility=Visibility.PUBLIC) if is_open else NOBODY


def _role(principal: Principal, action: Action) -> Q:
    teams = principal.teams_allowing(action)
    return Q(team__in=teams) & ~Q(visibility=Visibility.PRIVATE)


def _owner(principal: Principal, action: Action) -> Q:
    if action not in ACTIONS_OF_OWNER:
        return NOBODY
    return Q(registered_by=principal.user_id, team__in=principal.teams_allowing(Action.REGISTER))


def _granted(question: Question) -> Q:
    grants = question.grants().order_by()
    if question.server is not None:
        return EVERY_SERVER if grants.exists() else NOBODY
    principal = question.principal
    if not principal.has_grants:
        return NOBODY
    if principal.has_grants_of_everything and grants.filter(pattern=EVERYTHING).exists():
        return EVERY_SERVER
    return _covered_by(grants.values("pattern"))


def _within_scopes(question: Question) -> Q:
    """The servers that the credentials in use are good for."""
    patterns = {scope.pattern for scope in _scopes_for(question)}
    return EVERY_SERVER if EVERYTHING in patterns else _covered_by(patterns)


def _scopes_for(question: Question) -> list[Scope]:
    """The scopes of the credentials that let the action through."""
    scopes = question.principal.scopes
    if scopes is None:
        return [Scope(question.action)]
    return [scope for scope in scopes if scope.action in implied_by(question.action)]


def _covered_by(patterns: Collection[str] | QuerySet[Any, Any]) -> Q:
    """The servers that one of ``patterns`` names, or names the namespace of."""
    return Q(name_key__in=patterns) | Q(namespace_key__in=patterns)
