"""What the catalogue's services refuse, as answers of the REST API.

``StaleWrite`` (412) is answered by ``servers.api.permissions``, which knows who may be told what.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError

from registry_site.lib.problem_details import Conflict
from servers.documents import InvalidDocument
from servers.models import Server, ServerVersion
from servers.services import (
    AliasTaken,
    AlreadyDecided,
    InvalidCredential,
    InvalidMove,
    InvalidStatus,
    InvalidSuccessor,
    LooksLike,
    MayNotRestore,
    ServerExists,
    UrlTaken,
    VersionIsPublished,
    VersionIsUnderReview,
)

CONFLICTS = (
    AliasTaken,
    AlreadyDecided,
    ServerExists,
    UrlTaken,
    VersionIsPublished,
    VersionIsUnderReview,
)
# What is wrong with a field, by its name.
FIELDS: dict[type[Exception], str] = {
    LooksLike: "name",
    InvalidStatus: "status_message",
    InvalidSuccessor: "successor",
}


@contextmanager
def refusals_as_answers() -> Iterator[None]:
    """400 with every error of a document, 409 for what is taken, 404 for what was just deleted."""
    try:
        yield
    except InvalidDocument as error:
        raise ValidationError(_by_path(error)) from error
    except tuple(FIELDS) as error:
        field = next(name for kind, name in FIELDS.items() if isinstance(error, kind))
        raise ValidationError({field: [str(error)]}) from error
    except InvalidCredential as error:
        raise ValidationError({error.field: [str(error)]}) from error
    except InvalidMove as error:
        raise Conflict(str(error), review_state=error.version.review_state) from error
    except MayNotRestore as error:
        raise PermissionDenied(str(error)) from error
    except CONFLICTS as error:
        raise Conflict(str(error)) from error
    except (Server.DoesNotExist, ServerVersion.DoesNotExist) as error:
        raise NotFound from error


def _by_path(error: InvalidDocument) -> dict[str, list[str]]:
    messages: dict[str, list[str]] = defaultdict(list)
    for each in error.errors:
        messages[each.path or "non_field_errors"].append(str(each))
    return messages
