"""Who acts, for the audit trail; and the attempts that were refused, written into it.

Written is every refusal of an account (403, 429, and 404 for a server the address names, be it
hidden or absent), every 401 to credentials that do not hold, and a visitor's 403 and 429. A
visitor's 404, and the 401 to a call without credentials, say nothing of anybody and are not
written. Of callers without an account or over their limit no more is written than
``RATE_LIMIT_DENIALS`` of one address: a stranger must not fill the table. A ``GET`` that succeeds
writes nothing.
"""

import logging
from collections.abc import Callable
from functools import partial
from http import HTTPStatus

from django.db import DatabaseError, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from accounts import audit
from accounts.actors import Actor, acting
from accounts.client_address import client_address
from accounts.models import AuditEvent
from accounts.principals import ANONYMOUS, Principal, principal_of
from accounts.rate_limits import Policy, network_of, take
from registry_site.lib.printable import printable

logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponseBase]

REFUSED = {HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}
# No database keeps a NUL, and no log shows a line end.
_printable = partial(printable, instead="\N{REPLACEMENT CHARACTER}")
LONGEST_ACTION = AuditEvent._meta.get_field("action").max_length


class AuditTrail:
    """Around each request: says who acts, and writes a refusal."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with acting(partial(actor_of, request)):
            response = self.get_response(request)
            if is_denial(request, response) and is_worth_a_row(request):
                _write(request, response)
        return response


def actor_of(request: HttpRequest) -> Actor:
    """Who sends ``request``, as far as its view or its session has found out by now."""
    principal = _principal(request)
    return Actor(
        username=principal.user.username if principal.user else "",
        user_id=principal.user_id,
        via=principal.via,
        address=client_address(request),
    )


def is_denial(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether ``response`` refuses ``request`` in a way that is written down."""
    status = response.status_code
    if status == HTTPStatus.UNAUTHORIZED:
        return "HTTP_AUTHORIZATION" in request.META
    if status == HTTPStatus.NOT_FOUND:
        return bool(_named_server(request)) and _principal(request).is_authenticated
    return status in REFUSED


def is_worth_a_row(request: HttpRequest) -> bool:
    """Whether the table has room for it: bounded for strangers and for callers over a limit."""
    standing = getattr(request, "rate_limit", None)
    over_a_limit = standing is not None and standing.exceeded
    if _principal(request).is_authenticated and not over_a_limit:
        return True
    noted = take(Policy.DENIALS, network_of(client_address(request)))
    return noted is None or not noted.exceeded


def _write(request: HttpRequest, response: HttpResponseBase) -> None:
    """Write the refusal; an answer does not become a 500 because that fails."""
    try:
        with transaction.atomic():
            audit.record_denial(
                action=_action(request),
                subject=_printable(_named_server(request) or request.path),
                detail=_printable(_reason(request, response)),
                now=timezone.now(),
            )
    except DatabaseError:
        logger.exception("A refusal could not be written to the audit trail.")


def _principal(request: HttpRequest) -> Principal:
    # What is refused before the middleware of sessions has no user yet.
    return principal_of(request) if hasattr(request, "user") else ANONYMOUS


def _action(request: HttpRequest) -> str:
    match = request.resolver_match
    return _printable(f"{request.method} {match.view_name if match else ''}")[:LONGEST_ACTION]


def _named_server(request: HttpRequest) -> str:
    """The server that the address names, or that the view says it is about; else empty."""
    match = request.resolver_match
    if asked := getattr(request, "asked_server", ""):
        return str(asked)
    return str(match.kwargs.get("name", "")) if match else ""


def _reason(request: HttpRequest, response: HttpResponseBase) -> str:
    """The sentence of the problem details, or what the status means; and what was asked."""
    data = getattr(response, "data", None)
    detail = data.get("detail") if isinstance(data, dict) else None
    reason, asked = str(detail or response.reason_phrase), getattr(request, "asked_detail", "")
    return f"{reason} ({asked})" if asked else reason
