"""What holds for all operations of the REST API, put into its description in one place.

Every operation answers its errors as problem details (``registry_site.lib.problem_details``), and
which ones follows from what kind of operation it is. What a view declares itself stays.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from drf_spectacular.openapi import AutoSchema

from registry_site.lib.pagination import KeysetPagination
from registry_site.lib.problem_details import CONTENT_TYPE

PROBLEM = "Problem"
METHODS = ("get", "put", "post", "patch", "delete")
WRITING = ("put", "post", "patch", "delete")
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["title", "status", "detail", "errors"],
    "properties": {
        "title": {"type": "string", "description": "What the status means."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What was wrong, in one sentence."},
        "errors": {
            "type": "array",
            "description": "Each thing that is wrong, and where.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


class AnswerSchema(AutoSchema):
    """Describes one view: a list that is paged by keyset is another component than a counted one.

    Both may be of the same serializer, whose name alone would make them one.
    """

    def get_paginated_name(self, serializer_name: str) -> str:
        name: str = super().get_paginated_name(serializer_name)
        by_keyset = isinstance(getattr(self.view, "paginator", None), KeysetPagination)
        return name.replace("Paginated", "Keyset", 1) if by_keyset else name


def declare_errors(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular."""
    result.setdefault("components", {}).setdefault("schemas", {})[PROBLEM] = _SCHEMA
    for path, operations in result["paths"].items():
        for method in METHODS:
            if operation := operations.get(method):
                _declare(operation, statuses_of(path, method))
    return result


def statuses_of(path: str, method: str) -> Iterator[HTTPStatus]:
    """What an operation may answer instead of what it was asked for."""
    yield HTTPStatus.BAD_REQUEST
    yield HTTPStatus.UNAUTHORIZED
    yield HTTPStatus.FORBIDDEN
    yield HTTPStatus.NOT_FOUND
    if "{" in path:  # a name with slashes may make it the address of something else
        yield HTTPStatus.METHOD_NOT_ALLOWED
    yield HTTPStatus.NOT_ACCEPTABLE
    if method in WRITING:
        yield HTTPStatus.CONFLICT
        yield HTTPStatus.PRECONDITION_FAILED
        yield HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        yield HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    yield HTTPStatus.TOO_MANY_REQUESTS


def let_texts_be_empty(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A postprocessing hook: in answers, a text that is not there is empty, which is no address."""
    for name, schema in result["components"]["schemas"].items():
        if name.endswith("Request"):
            continue
        for described in schema.get("properties", {}).values():
            if described.get("format") in ("uri", "email"):
                del described["format"]
    return result


def _declare(operation: dict[str, Any], statuses: Iterator[HTTPStatus]) -> None:
    schema = {"$ref": f"#/components/schemas/{PROBLEM}"}
    for status in statuses:
        described = {"description": status.phrase, "content": {CONTENT_TYPE: {"schema": schema}}}
        operation["responses"].setdefault(str(int(status)), described)
    operation["responses"] = dict(sorted(operation["responses"].items()))
