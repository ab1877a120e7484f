"""What the services of accounts refuse, as answers of the REST API."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError as Refused
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, PermissionDenied, ValidationError

from accounts.access import InvalidPattern, InvalidToolPattern
from accounts.models import ApiToken
from accounts.services import (
    DefaultTeam,
    GrantExists,
    GrantIsOver,
    HolderIsClosed,
    LastAdministrator,
    LimitedCredential,
    ScopesExceeded,
    TeamExists,
    TeamInUse,
    TokenHasExpired,
    ToolsOfThisAction,
    UserExists,
)
from accounts.signing_keys import NoSigningKey, UnreadableKey
from registry_site.lib.problem_details import Conflict


class NotConfigured(APIException):
    """The operator has not set up what the request needs."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "not_configured"


CONFLICTS = (
    DefaultTeam,
    GrantExists,
    LastAdministrator,
    TeamExists,
    TeamInUse,
    TokenHasExpired,
    UserExists,
)

# What is wrong with a grant, by the field that says it; the more special one first.
FIELDS_OF_GRANTS: dict[type[Exception], str] = {
    InvalidToolPattern: "tools",
    InvalidPattern: "pattern",
    ToolsOfThisAction: "tools",
    GrantIsOver: "expires_at",
    HolderIsClosed: "user",
}


@contextmanager
def refusals_as_answers() -> Iterator[None]:
    """400 for what is wrong, 403 for what exceeds the credentials, 409 for what is taken."""
    try:
        yield
    except tuple(FIELDS_OF_GRANTS) as error:
        field = next(name for kind, name in FIELDS_OF_GRANTS.items() if isinstance(error, kind))
        raise ValidationError({field: [str(error)]}) from error
    except Refused as error:
        raise ValidationError({"password": error.messages}) from error
    except (LimitedCredential, ScopesExceeded) as error:
        raise PermissionDenied(str(error)) from error
    except CONFLICTS as error:
        raise Conflict(str(error)) from error
    except ApiToken.DoesNotExist as error:
        raise NotFound from error
    except (NoSigningKey, UnreadableKey) as error:
        raise NotConfigured("This registry has no key to sign tokens with.") from error
