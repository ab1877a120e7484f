"""Limits on how often a caller may ask, and how often with credentials that do not hold.

The REST API counts a call once it knows who calls (``accounts.api.throttling``); what it refuses
before that, and what is no part of it, is counted here. Credentials are not even looked at from an
address that has sent too many wrong ones. Pages, static files and ``/livez`` are not limited; the
sign-in has limits of its own.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from rest_framework.views import APIView

from accounts.api.throttling import count
from accounts.client_address import client_address
from accounts.middleware.audit_trail import GetResponse
from accounts.rate_limits import Policy, Standing, look, network_of, take
from registry_site.lib.problem_details import CONTENT_TYPE, problem

LIMITED = ("/api/", "/v0.1/", "/v0/", "/mcp", "/oauth/", "/.well-known/")
# A proxy asks here for its clients and takes any answer but 2xx, 401 and 403 for a failure: what is
# refused is counted, no answer is replaced.
CHECK = "/api/auth/check"
# Answers that a view of the REST API gives before it counts, and without any effect.
BEFORE_COUNTING = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


class RateLimiting:
    """Answers 429 to who asks too often, and tells everybody else how they stand."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_limited(request):
            return self._limited(request)
        response = self.get_response(request)
        if is_check(request) and response.status_code in BEFORE_COUNTING:
            request.rate_limit = _count_late(request, response)  # type: ignore[attr-defined]
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *arguments: Any
    ) -> HttpResponseBase | None:
        """Count what is no view of the REST API before it has any effect."""
        if not is_limited(request) or issubclass(getattr(view, "cls", object), APIView):
            return None
        standing = request.rate_limit = count(request)  # type: ignore[attr-defined]
        return _too_many(request, standing) if standing and standing.exceeded else None

    def _limited(self, request: HttpRequest) -> HttpResponseBase:
        standing = _failures_so_far(request)
        if standing is not None and standing.exceeded:
            return _too_many(request, standing)
        response = self.get_response(request)
        standing = getattr(request, "rate_limit", None) or _count_late(request, response)
        if standing is None:
            return response
        if standing.exceeded:
            return _too_many(request, standing)
        for name, value in standing.headers().items():
            response[name] = value
        return response


def is_check(request: HttpRequest) -> bool:
    return request.path_info.startswith(CHECK)


def is_limited(request: HttpRequest) -> bool:
    """Whether the caller may be told to ask later."""
    return request.path_info.startswith(LIMITED) and not is_check(request)


def _failures_so_far(request: HttpRequest) -> Standing | None:
    """How the address of a request with credentials stands with wrong ones."""
    if "HTTP_AUTHORIZATION" not in request.META:
        return None
    return look(Policy.FAILURES, network_of(client_address(request)))


def _count_late(request: HttpRequest, response: HttpResponseBase) -> Standing | None:
    """Count what no view of the REST API has counted; wrong credentials against their own limit."""
    if response.status_code == HTTPStatus.UNAUTHORIZED and "HTTP_AUTHORIZATION" in request.META:
        failures = take(Policy.FAILURES, network_of(client_address(request)))
        if failures is not None:
            return failures
    return count(request) if hasattr(request, "user") else None


def _too_many(request: HttpRequest, standing: Standing) -> HttpResponseBase:
    seconds = standing.reset_after
    detail = f"Too many requests: {standing.limit}. Ask again in {seconds} s."
    request.rate_limit = standing  # type: ignore[attr-defined]
    return JsonResponse(
        problem(HTTPStatus.TOO_MANY_REQUESTS, detail),
        status=HTTPStatus.TOO_MANY_REQUESTS,
        content_type=CONTENT_TYPE,
        headers=standing.headers(),
    )
