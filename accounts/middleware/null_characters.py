"""Refuses U+0000 in addresses, queries and forms, before a view hands it to the database.

PostgreSQL keeps no such character and answers a comparison with one by an error, SQLite does
neither. JSON bodies are looked at by their parser (``registry_site.lib.json_body``).
"""

from http import HTTPStatus

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.response import HttpResponseBase

from accounts.middleware.audit_trail import GetResponse
from accounts.middleware.rate_limiting import LIMITED, is_check
from registry_site.lib.problem_details import CONTENT_TYPE, problem

NULL = "\0"
FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
REASON = "Null characters are not allowed."


class NullCharacters:
    """Answers 404 to a path with one, and 400 to a query or a form."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if NULL in request.path_info:
            return _nothing_there(request)
        if (field := _field_with_null(request)) is not None:
            return _refused(request, field)
        return self.get_response(request)


def _field_with_null(request: HttpRequest) -> str | None:
    """The first parameter of the query or field of the form with one in its name or its text."""
    given = _first_with_null(request.GET)
    if given is None and request.content_type in FORMS:
        given = _first_with_null(request.POST)
    return given


def _first_with_null(fields: QueryDict) -> str | None:
    named = ((name, [name, *texts]) for name, texts in fields.lists())
    return next((name for name, texts in named if any(NULL in text for text in texts)), None)


def _nothing_there(request: HttpRequest) -> HttpResponseBase:
    if is_check(request):
        return HttpResponse(status=HTTPStatus.FORBIDDEN)
    raise Http404


def _refused(request: HttpRequest, field: str) -> HttpResponseBase:
    if is_check(request):  # a proxy takes any other refusal for a failure of ours
        return HttpResponse(status=HTTPStatus.FORBIDDEN)
    if not request.path_info.startswith(LIMITED):
        raise BadRequest(REASON)
    body = problem(HTTPStatus.BAD_REQUEST, REASON, [{"field": field, "message": REASON}])
    return JsonResponse(body, status=HTTPStatus.BAD_REQUEST, content_type=CONTENT_TYPE)
