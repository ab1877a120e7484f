"""Every error of the REST API in one shape: problem details (RFC 9457)."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

CONTENT_TYPE = "application/problem+json"


class Conflict(exceptions.APIException):
    """The request is fine, what is there already stands against it."""

    status_code = HTTPStatus.CONFLICT
    default_detail = "The request conflicts with what is there."
    default_code = "conflict"

    def __init__(self, detail: str | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.members = members


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """``{"title", "status", "detail", "errors": [{"field", "message"}]}`` with DRF's status.

    An exception with ``members`` adds those. ``None``, hence Django's own 500, for what no view
    foresaw.
    """
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    response = drf_exception_handler(error, context)
    if response is None or not isinstance(error, exceptions.APIException):
        return response
    errors = _flat_errors(response.data) if isinstance(error, exceptions.ValidationError) else []
    detail = errors[0]["message"] if errors else str(error.detail)
    own_members: dict[str, Any] = getattr(error, "members", {})
    response.data = problem(response.status_code, detail, errors) | own_members
    response.content_type = CONTENT_TYPE
    return response


def problem(status: int, detail: str, errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """The body of an error: RFC 9457's members and one entry for each field that is wrong."""
    return {
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "errors": list(errors),
    }


def _flat_errors(data: Any, path: str = "") -> list[dict[str, str]]:
    """DRF's nested error data as one entry an error, with a path such as ``remotes[0].url``."""
    if isinstance(data, dict):
        return [
            entry for key, value in data.items() for entry in _flat_errors(value, _join(path, key))
        ]
    if isinstance(data, list):
        return [
            entry
            for index, value in enumerate(data)
            # A list of messages is about the field itself, any other list about its elements.
            for entry in _flat_errors(value, path if isinstance(value, str) else f"{path}[{index}]")
        ]
    return [{"field": path, "message": str(data)}]


def _join(path: str, key: Any) -> str:
    if key == "non_field_errors":
        return path
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else str(key)
