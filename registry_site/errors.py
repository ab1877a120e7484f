"""What is answered where no view is reached: pages for people, problem details for programs."""

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from registry_site.lib.problem_details import CONTENT_TYPE, problem

FOR_PROGRAMS = ("/api/", "/v0.1/", "/v0/", "/mcp", "/oauth/", "/.well-known/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, for instance a host name that is not ours; 403 for that where MCP asks for it."""
    if isinstance(exception, DisallowedHost) and request.path_info.startswith("/mcp"):
        return _problem(403, "This registry does not answer to this host name.")
    if _is_for_a_program(request):
        return _problem(400, "The request cannot be understood.")
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 for an address that nothing answers to."""
    if _is_for_a_program(request):
        return _problem(404, "There is nothing at this address.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: something is wrong on our side, and logged."""
    if _is_for_a_program(request):
        return _problem(500, "Something went wrong on our side; it has been logged.")
    return defaults.server_error(request)


def _is_for_a_program(request: HttpRequest) -> bool:
    return request.path_info.startswith(FOR_PROGRAMS)


def _problem(status: int, detail: str) -> JsonResponse:
    return JsonResponse(problem(status, detail), status=status, content_type=CONTENT_TYPE)
