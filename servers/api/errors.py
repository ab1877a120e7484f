"""What the catalogue's services refuse, as answers of the REST API."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from rest_framework.exceptions import NotFound, ValidationError

from registry_site.lib.problem_details import Conflict
from servers.documents import InvalidDocument
from servers.models import Server
from servers.services import ServerExists, VersionIsPublished


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
