"""Whether a reverse proxy may let a client through to a server: ``/api/auth/check``.

For nginx and Envoy (``auth_request``, ``ext_authz``): the proxy says in the query what is asked,
the client's own ``Authorization`` says who asks. Answers 200 with who it is, 401, or 403 for a
server that is hidden or absent alike; never a body. A plain view, because it is asked before every
request of every client; what it answers is read from the database each time, so that what was
revoked a moment ago does not pass.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Self
from urllib.parse import quote

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.access import Action
from accounts.api.authentication import BearerAuthentication
from accounts.models import ApiToken
from accounts.services import Principal, principal_of
from servers.access import Question, allowed
from servers.models import Server, Tool
from servers.querysets import ToolQuerySet

CALL_TOOL = "tools/call"
# What every client says whichever tools it then calls.
HANDSHAKE = {
    "initialize",
    "notifications/initialized",
    "notifications/cancelled",
    "ping",
    "server/discover",
    "tools/list",
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the client wants of which server, as far as the proxy knows."""

    server: str
    method: str
    tool: str

    @classmethod
    def by(cls, request: HttpRequest) -> Self:
        """From the query; from the client's ``Mcp-`` headers only where the proxy says so.

        They are the client's word: a server that does not compare them with the message, as
        revision 2026-07-28 demands, would be asked for one tool and run another.
        """
        query, headers = _asked_by_proxy(request), request.headers
        believed = headers if query.get("headers") == "compared" else {}
        return cls(
            server=query.get("server", ""),
            method=query.get("method") or believed.get("Mcp-Method", ""),
            tool=query.get("tool") or believed.get("Mcp-Name", ""),
        )

    def question(self, principal: Principal) -> Question:
        """What has to be allowed. Where the tool could be any, every tool has to be."""
        calls_a_tool = self.method == CALL_TOOL and self.tool
        return Question(
            principal=principal,
            action=Action.CALL,
            now=timezone.now(),
            server=self.server,
            tool=self.tool if calls_a_tool else None,
            whole_servers=not calls_a_tool and self.method not in HANDSHAKE,
        )

    def held_tool(self) -> ToolQuerySet:
        """The tool that is called, where the policy holds it back until somebody accepts it."""
        return Tool.objects.filter(server=OuterRef("pk"), name=self.tool, held=True)


def _asked_by_proxy(request: HttpRequest) -> QueryDict:
    """The part of the query that the proxy wrote; a parameter given twice asks about nothing.

    Envoy puts the client's own path and query behind ``&path=``, where a client could otherwise
    write another question.
    """
    written, _, _ = request.META.get("QUERY_STRING", "").partition("&path=")
    query = QueryDict(written)
    is_ambiguous = any(len(values) > 1 for _, values in query.lists())
    return QueryDict() if is_ambiguous else query


@csrf_exempt  # it changes nothing, whatever method the proxy passes on
def auth_check(request: HttpRequest) -> HttpResponse:
    """Whether the client may call this tool of this server."""
    asked = Asked.by(request)
    _tell_audit_trail(request, asked)
    principal = _authenticated(request)
    if not principal.is_authenticated:
        challenge = BearerAuthentication().authenticate_header(Request(request))
        return _answer(HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": challenge})
    permitted = Server.objects.filter(allowed(asked.question(principal))).order_by()
    if asked.tool:
        permitted = permitted.exclude(Exists(asked.held_tool()))
    name = permitted.values_list("name", flat=True).first()
    if name is None:
        return _answer(HTTPStatus.FORBIDDEN)
    identity = _identity(principal, getattr(request, "auth", None))
    return _answer(HTTPStatus.OK, identity | {"X-Rollcall-Server": name})


def _tell_audit_trail(request: HttpRequest, asked: Asked) -> None:
    """What a refusal is about; the query of the proxy is nowhere else."""
    request.asked_server = asked.server  # type: ignore[attr-defined]
    said = {"method": asked.method, "tool": asked.tool}
    request.asked_detail = ", ".join(  # type: ignore[attr-defined]
        f"{what} {text or 'not named'}" for what, text in said.items()
    )


def _authenticated(request: HttpRequest) -> Principal:
    """Who the client is by its ``Authorization``; a browser's cookie is not asked.

    The request keeps it, for the audit trail and the limits.
    """
    try:
        proven = BearerAuthentication().authenticate(Request(request))
    except AuthenticationFailed:
        proven = None
    user, credential = proven or (AnonymousUser(), None)
    request.user, request.auth = user, credential  # type: ignore[attr-defined]
    return principal_of(request)


def _identity(principal: Principal, credential: object) -> dict[str, str]:
    """Who the client is, for the server behind the proxy; names are percent-encoded."""
    identity = {
        "X-Rollcall-User": quote(principal.user.username, safe="@+") if principal.user else "",
        "X-Rollcall-Teams": ",".join(principal.team_slugs),
    }
    if isinstance(credential, ApiToken):
        identity["X-Rollcall-Token"] = str(credential.public_id)
    return identity


def _answer(status: HTTPStatus, headers: dict[str, str] | None = None) -> HttpResponse:
    response = HttpResponse(status=status, headers=headers)
    response["Cache-Control"] = "no-store"
    return response
