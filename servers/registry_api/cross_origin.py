"""Lets pages of any origin read the official API: GitHub Copilot asks from one.

Nothing is given away by that. The API knows no cookies, so what a page reads is what everybody
reads, or what the token opens that the page holds anyway. It outranks everything that may refuse a
request: a browser shows a page the refusal only if its headers allow it.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

OFFICIAL = ("/v0.1/", "/v0/")
HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
}


class CrossOrigin:
    """Answers what a browser asks before it asks, and says with every answer who may read it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(OFFICIAL):
            return self.get_response(request)
        asked_before = request.method == "OPTIONS"
        response = HttpResponse(status=204) if asked_before else self.get_response(request)
        for name, value in HEADERS.items():
            response[name] = value
        return response
