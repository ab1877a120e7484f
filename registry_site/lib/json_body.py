"""The one parser of request bodies: JSON, bounded in size and depth, strict about its text."""

import re
from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

# orjson refuses what is nested deeper than 1,024; nothing that we store needs a tenth of it.
DEEPEST_NESTING = 64
# U+0000 can stand in a body only as this escape, after an even number of backslashes.
# PostgreSQL stores it in no text.
ESCAPED_NULL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class BodyTooLarge(APIException):
    status_code = 413
    default_detail = "The request body is larger than 1 MiB."
    default_code = "body_too_large"


class JSONBodyParser(BaseParser):
    """UTF-8 JSON. Unlike the stock parser it refuses NaN, lone surrogates and deep nesting."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The parsed body. Raises ``BodyTooLarge`` (413) and ``ParseError`` (400)."""
        limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge
        return load_json(body)


def load_json(body: bytes) -> Any:
    """``body`` as a JSON value. Raises DRF's ``ParseError`` with the place of the mistake."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ParseError(f"Malformed JSON: {error}.") from error
    if nesting_exceeds(value, DEEPEST_NESTING):
        raise ParseError(f"Malformed JSON: nested deeper than {DEEPEST_NESTING} levels.")
    if ESCAPED_NULL.search(body):
        raise ParseError("Malformed JSON: the character U+0000 cannot be stored.")
    return value


def nesting_exceeds(value: Any, limit: int) -> bool:
    """Whether more than ``limit`` lists and objects stand within one another in ``value``."""
    containers = [value] if isinstance(value, (dict, list)) else []
    for _ in range(limit):
        containers = [
            child
            for parent in containers
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, (dict, list))
        ]
    return bool(containers)
