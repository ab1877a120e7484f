"""registry_site.lib.problem_details: every error in one shape."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from registry_site.lib.problem_details import Conflict, exception_handler


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (Http404("servers.Server 17"), 404, "Not Found"),
        (PermissionDenied("only on Tuesdays"), 403, "Forbidden"),
        (exceptions.MethodNotAllowed("PUT"), 405, "Method Not Allowed"),
        (exceptions.ParseError("Malformed JSON."), 400, "Bad Request"),
    ],
)
def test_every_error_has_the_same_members(error: Exception, status: int, title: str) -> None:
    response = handled(error)

    assert response.status_code == status
    assert response.data["title"] == title
    assert response.data["status"] == status
    assert response.data["detail"]
    assert response.data["errors"] == []
    assert response.content_type == "application/problem+json"


def test_what_is_hidden_answers_as_what_does_not_exist() -> None:
    assert handled(Http404("hidden")).data == handled(exceptions.NotFound()).data


def test_a_validation_error_lists_every_field_with_its_path() -> None:
    error = exceptions.ValidationError(
        {
            "name": ["Is required.", "Is too short."],
            "remotes": [{}, {"url": ["Is no URL."]}],
            "tags": {2: ["Is too long."]},  # type: ignore[dict-item]  # DRF's ListField does so
            "non_field_errors": ["Does not fit together."],
        }
    )

    response = handled(error)

    assert response.data["errors"] == [
        {"field": "name", "message": "Is required."},
        {"field": "name", "message": "Is too short."},
        {"field": "remotes[1].url", "message": "Is no URL."},
        {"field": "tags[2]", "message": "Is too long."},
        {"field": "", "message": "Does not fit together."},
    ]
    assert response.data["detail"] == "Is required."


def test_a_call_without_credentials_is_told_how_to_bring_some() -> None:
    error = exceptions.NotAuthenticated()
    error.auth_header = "Bearer"  # type: ignore[attr-defined]  # the view sets it

    assert handled(error)["WWW-Authenticate"] == "Bearer"


def test_what_no_view_foresaw_is_left_to_django() -> None:
    assert exception_handler(ZeroDivisionError(), {}) is None


def handled(error: Exception) -> Response:
    response = exception_handler(error, {})
    assert response is not None
    return response


def test_an_error_may_have_members_of_its_own() -> None:
    response = handled(Conflict("It is a draft.", review_state="draft"))

    assert (response.status_code, response.data["detail"]) == (409, "It is a draft.")
    assert response.data["review_state"] == "draft"
