"""What the catalogue's services refuse, as answers of the REST API."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, ValidationError

from servers.documents import InvalidDocument
from servers.models import Server
from servers.services import ServerExists, VersionIsPublished


class Conflict(APIException):
    """The request is fine, what is there already stands against it."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "The request conflicts with what is registered."
    default_code = "conflict"


@contextmanager
def refusals_as_answers() -> Iterator[None]:
    """400 with every error of a document, 409 for what is taken, 404 for what was just deleted."""
    try:
        yield
    except InvalidDocument as error:
        raise ValidationError(_by_path(error)) from error
    except (ServerExists, VersionIsPublished) as error:
        raise Conflict(str(error)) from error
    except Server.DoesNotExist as error:
        raise NotFound from error


def _by_path(error: InvalidDocument) -> dict[str, list[str]]:
    messages: dict[str, list[str]] = defaultdict(list)
    for each in error.errors:
        messages[each.path or "non_field_errors"].append(str(each))
    return messages
