"""What can be asked of the official API in queries and bodies, checked before anything is done."""

import re
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from servers.models import LONGEST_STATUS_MESSAGE, LONGEST_VERSION, Status
from servers.registry_api.cursors import Cursor, Filters, InvalidCursor

ENTRIES, MOST_ENTRIES = 30, 100
LONGEST_SEARCH = 200
# A cursor carries a search, a name and a signature.
LONGEST_CURSOR = 4000
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class MomentField(serializers.DateTimeField):
    """A moment as RFC 3339 writes it: a time without its zone is none."""

    def to_internal_value(self, value: Any) -> Any:
        if not RFC_3339.fullmatch(str(value)):
            raise ValidationError("Must be a moment of RFC 3339, such as 2026-01-31T09:30:00Z.")
        return super().to_internal_value(str(value).upper())


class VersionsParameters(serializers.Serializer[Any]):
    """What is asked of the versions of one server."""

    include_deleted = serializers.BooleanField(
        required=False, help_text="Whether to show what was deleted, too."
    )


class ListParameters(serializers.Serializer[Any]):
    """What is asked of the list; a parameter that is empty was not given."""

    cursor = serializers.CharField(
        required=False,
        max_length=LONGEST_CURSOR,
        help_text="Where to go on, exactly as `metadata.nextCursor` had it. It carries the filters,"
        " which may be left out then.",
    )
    limit = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_ENTRIES,
        default=ENTRIES,
        help_text="Entries in the answer.",
    )
    search = serializers.CharField(
        required=False,
        max_length=LONGEST_SEARCH,
        help_text="A part of the name or of the description.",
    )
    updated_since = MomentField(
        required=False,
        help_text="Only what changed since (RFC 3339), in the order of the changes, deletions "
        "included.",
    )
    version = serializers.CharField(
        required=False,
        max_length=LONGEST_VERSION,
        help_text="`latest`, or exactly this version.",
    )
    include_deleted = serializers.BooleanField(
        required=False,
        help_text="Whether to show what was deleted, too; with `updated_since` always.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Put the filters into one, be they given here or carried by the cursor."""
        limit, text = attrs.pop("limit"), attrs.pop("cursor", None)
        if "updated_since" in attrs and attrs.get("include_deleted") is False:
            raise ValidationError({"include_deleted": _ALWAYS_DELETED})
        cursor = _cursor(text, attrs) if text else None
        return {
            "filters": cursor.filters if cursor else Filters(**attrs),
            "after": cursor,
            "limit": limit,
        }


_ALWAYS_DELETED = ["What changed since includes what was deleted: leave this out, or say true."]


class StatusChange(serializers.Serializer[Any]):
    """A change of the lifecycle of one version or of all."""

    status = serializers.ChoiceField(Status.choices)
    statusMessage = serializers.CharField(
        required=False,
        allow_blank=True,
        allow_null=True,
        max_length=LONGEST_STATUS_MESSAGE,
        help_text="Why it is deprecated or deleted.",
    )


def query_of(request: Request, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """The parameters of the query; those the API does not know are none of its business.

    Raises DRF's ``ValidationError``.
    """
    given = {name: text for name, text in request.query_params.items() if text}
    checked = shape(data=given)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def _cursor(text: str, given: dict[str, Any]) -> Cursor:
    """Raises ``ValidationError`` also where ``given`` filters are not those of the cursor."""
    try:
        cursor = Cursor.decode(text)
    except InvalidCursor as error:
        raise ValidationError({"cursor": [str(error)]}) from error
    other = [name for name, value in given.items() if value != getattr(cursor.filters, name)]
    if other:
        message = "Not what the cursor was given out for: say the same again, or nothing."
        raise ValidationError(dict.fromkeys(other, [message]))
    return cursor
