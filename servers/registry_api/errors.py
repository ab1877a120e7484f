"""What goes wrong, in the words of both worlds: the official API's ``error``, problem details."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from registry_site.lib import problem_details
from servers.api.errors import refusals_as_answers
from servers.services import InvalidStatus


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Problem details with ``error``, the sentence that clients of the official API look for."""
    response = problem_details.exception_handler(error, context)
    if response is not None and isinstance(response.data, dict):
        response.data = {"error": response.data["detail"], **response.data}
    return response


@contextmanager
def official_refusals() -> Iterator[None]:
    """What the services refuse, as the REST API answers it; a status that cannot be set by 400."""
    with refusals_as_answers():
        try:
            yield
        except InvalidStatus as error:
            raise ValidationError({"status": [str(error)]}) from error
