"""Why a principal may do what to one server, in words: for people who wonder, or who answer for it.

What is allowed is asked of ``servers.access``, reason by reason; nothing is decided here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from accounts.access import Action
from accounts.models import Grant, Membership, User
from accounts.services import ANONYMOUS, Principal, principal_of_user
from servers.access import ON_A_SERVER, Question, Reason, allowed, reasons
from servers.models import Server

# Somebody signed in, of no team and without a grant: no account has this id.
A_STRANGER = Principal(user=User(pk=0))
SCOPES = "the scopes of the token leave it out"
DISABLED = "the server is disabled"
UNPUBLISHED = "no version of the server is approved yet"


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Whether an action is allowed, why it would be, and what stands against it all the same.

    ``tools`` are the patterns of the only tools it is allowed for; ``None`` where none is left out.
    """

    action: Action
    allowed: bool
    tools: list[str] | None = None
    because: list[str]
    withheld: str = ""


@dataclass(frozen=True, kw_only=True)
class Access:
    """What somebody may do to a server."""

    who: str
    explanations: list[Explanation]

    @property
    def actions(self) -> set[Action]:
        return {each.action for each in self.explanations if each.allowed}


def explain(
    *, principal: Principal, server: Server, now: datetime, tool: str | None = None
) -> list[Explanation]:
    """Each action on ``server``, or on its tool of that name, for ``principal``."""
    questions = [
        Question(principal=principal, action=action, now=now, server=server.name, tool=tool)
        for action in ON_A_SERVER
    ]
    holds = _answers(server, questions)
    return [_explanation(question, server, holds) for question in questions]


def who_can(*, server: Server, now: datetime, tool: str | None = None) -> Iterator[Access]:
    """Everybody in general, then each account that may do more than that."""
    visitors = explain(principal=ANONYMOUS, server=server, now=now, tool=tool)
    yield Access(who="visitors", explanations=visitors)
    general = Access(
        who="everybody signed in",
        explanations=explain(principal=A_STRANGER, server=server, now=now, tool=tool),
    )
    yield general
    for user in _concerned(server, now).iterator():
        principal = principal_of_user(user)
        found = explain(principal=principal, server=server, now=now, tool=tool)
        access = Access(who=user.username, explanations=found)
        if access.actions - general.actions:
            yield access


def _concerned(server: Server, now: datetime) -> QuerySet[User]:
    """The accounts for which there may be a reason that not everybody has."""
    grants = Grant.objects.in_force(now).covering(server.name).order_by()
    teams = Q(team=server.team) | Q(team__in=grants.values("team"))
    members = Membership.objects.filter(teams).order_by()
    concerned = Q(is_superuser=True) | Q(pk__in=members.values("user"))
    concerned |= Q(pk__in=grants.values("user"))
    return User.objects.filter(concerned, is_active=True).order_by("username")


def _answers(server: Server, questions: list[Question]) -> dict[str, bool]:
    """Which reasons hold for ``server`` and which actions are allowed, in one query."""
    asked: dict[str, Any] = {}
    for question in questions:
        asked[question.action] = _holds(allowed(question))
        for reason, condition in reasons(question).items():
            asked[f"{question.action}_{reason}"] = _holds(condition)
    row = Server.objects.filter(pk=server.pk).annotate(**asked).values(*asked)
    return dict(row.get())


def _holds(condition: Q) -> Any:
    return ExpressionWrapper(condition, output_field=BooleanField())


def _explanation(question: Question, server: Server, holds: dict[str, bool]) -> Explanation:
    action = question.action
    because = [
        words
        for reason in Reason
        if holds.get(f"{action}_{reason}")
        for words in _in_words(reason, question, server)
    ]
    by_grant = bool(holds.get(f"{action}_{Reason.GRANT}"))
    return Explanation(
        action=action,
        allowed=holds[action],
        tools=_tools(question) if holds[action] and by_grant else None,
        because=because,
        withheld="" if holds[action] or not because else _withheld(question, server),
    )


def _tools(question: Question) -> list[str] | None:
    """The patterns of the tools that are allowed; ``None`` where all are, or the one asked for."""
    whole = replace(question, whole_servers=True)
    if question.tool is not None or Server.objects.filter(allowed(whole)).exists():
        return None
    patterns = question.grants().of_some_tools().values_list("tool_pattern", flat=True)
    return sorted(set(patterns))


def _in_words(reason: Reason, question: Question, server: Server) -> list[str]:
    role = question.principal.roles.get(server.team_id)
    match reason:
        case Reason.ADMINISTRATOR:
            return ["is an administrator"]
        case Reason.PUBLIC:
            return ["the server is public"]
        case Reason.ROLE:
            return [f"is {role} of its team {server.team.slug}"]
        case Reason.OWNER:
            return [f"registered it and is {role} of its team {server.team.slug}"]
        case Reason.GRANT:
            return [_grant_in_words(grant) for grant in question.grants()]


def _grant_in_words(grant: Grant) -> str:
    until = f", until {grant.expires_at:%Y-%m-%d %H:%M} UTC" if grant.expires_at else ""
    return f"granted: {grant}{until}"


def _withheld(question: Question, server: Server) -> str:
    """What stands against an action for which there is a reason."""
    whole = replace(question, principal=replace(question.principal, scopes=None))
    if question.principal.scopes is not None and Server.objects.filter(allowed(whole)).exists():
        return SCOPES
    return UNPUBLISHED if server.enabled else DISABLED
