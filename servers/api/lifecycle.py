"""What callers send to move a server or a version through its life, and who may have it so."""

from contextlib import suppress
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from accounts.access import Action
from accounts.api.serializers import StrictSerializer
from accounts.services import Principal
from servers.api.errors import refusals_as_answers
from servers.api.fields import SuccessorField, TagsField
from servers.api.permissions import GuardedServerViewSet, is_allowed
from servers.models import LONGEST_NAME, LONGEST_STATUS_MESSAGE, Server, Status
from servers.services import LONGEST_REVIEW_REASON, NothingToChange, set_status


class VersionStatusSerializer(StrictSerializer):
    """The status that a version is to have, and why."""

    status = serializers.ChoiceField(Status.choices)
    status_message = serializers.CharField(
        max_length=LONGEST_STATUS_MESSAGE,
        allow_blank=True,
        default="",
        help_text="Why it is deprecated or deleted; empty with active.",
    )


class ServerStatusSerializer(VersionStatusSerializer):
    """The same of all versions of a server."""

    successor = SuccessorField(required=False, help_text="What to use instead of it.")


class ReasonSerializer(StrictSerializer):
    """Why a version is rejected."""

    reason = serializers.CharField(max_length=LONGEST_REVIEW_REASON)


class NameSerializer(StrictSerializer):
    """The name that a server is to have."""

    name = serializers.CharField(max_length=LONGEST_NAME)


class TagsSerializer(StrictSerializer):
    """Tags to give to a server and to take from it."""

    add = TagsField(required=False)
    remove = TagsField(required=False)


def change_status(
    view: GuardedServerViewSet,
    server: Server,
    given: dict[str, Any],
    *,
    versions: list[str] | None = None,
) -> None:
    """Set the status of ``versions``, or of all; what has it already stays as it is.

    Raises the exceptions of the REST API.
    """
    may_restore = may_delete(view.principal, server, given["status"])
    with refusals_as_answers(), suppress(NothingToChange):
        set_status(
            server=server,
            status=Status(given["status"]),
            message=given["status_message"],
            successor=given.get("successor"),
            versions=versions,
            now=timezone.now(),
            expected=view.expected(server),
            may_restore=may_restore,
        )


def may_delete(principal: Principal, server: Server, status: str) -> bool:
    """Whether ``principal`` may delete, and so bring back: that is to administer, as is ``DELETE``.

    Raises DRF's ``PermissionDenied`` where ``status`` is to delete, and it may not.
    """
    may = is_allowed(principal, (Action.ADMINISTER,), server)
    if status == Status.DELETED and not may:
        raise PermissionDenied(f"You may edit {server.name}, but to delete is to administer it.")
    return may
