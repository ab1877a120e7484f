"""The audit trail for other programs: which events, and the lines of the file they are written to.

Asked by the REST API, the command and the admin alike; all of it in the same memory however many
events there are.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField

from accounts.models import AuditEvent
from accounts.querysets import AuditEventQuerySet

ROWS_AT_ONCE = 500
COLUMNS = [field.name for field in AuditEvent._meta.concrete_fields]
# A spreadsheet takes a cell that begins so for a formula, and runs it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
NO_MOMENT = {"invalid": "Not a moment; say one as in 2026-01-31T12:00:00Z."}


class Format(TextChoices):
    """How a file of events is written."""

    CSV = "csv", "CSV"
    JSON_LINES = "jsonl", "JSON lines"

    @property
    def content_type(self) -> str:
        return "text/csv; charset=utf-8" if self is Format.CSV else "application/jsonl"

    @property
    def filename(self) -> str:
        return f"audit.{self}"


class MomentField(IsoDateTimeField):  # type: ignore[misc] # django-filter is untyped
    """A moment that is one in UTC too, where the first and the last years have an end."""

    def clean(self, value: Any) -> datetime | None:
        moment: datetime | None = super().clean(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class MomentFilter(filters.IsoDateTimeFilter):  # type: ignore[misc] # as above
    field_class = MomentField


class AuditEventFilter(filters.FilterSet):  # type: ignore[misc] # django-filter is untyped
    """Which events; every filter narrows further."""

    actor = filters.CharFilter(max_length=150, help_text="The username.")
    action = filters.CharFilter(
        max_length=60,
        help_text=(
            "Changes by what was done, for instance server.delete; "
            'refusals by method and route, for instance "DELETE server-detail".'
        ),
    )
    subject = filters.CharFilter(max_length=255, help_text="What it was done to.")
    outcome = filters.ChoiceFilter(
        choices=AuditEvent.Outcome.choices,
        error_messages={"invalid_choice": f"There are: {', '.join(AuditEvent.Outcome.values)}."},
    )
    via = filters.CharFilter(
        lookup_expr="icontains", max_length=200, help_text="Part of what it was done with."
    )
    since = MomentFilter(
        field_name="at",
        lookup_expr="gte",
        help_text="From this moment on (RFC 3339).",
        error_messages=NO_MOMENT,
    )
    until = MomentFilter(
        field_name="at",
        lookup_expr="lt",
        help_text="Before this moment (RFC 3339).",
        error_messages=NO_MOMENT,
    )

    class Meta:
        model = AuditEvent
        fields: list[str] = []


def exported(events: AuditEventQuerySet, written_as: Format) -> Iterator[str]:
    """``events`` as lines, the oldest first."""
    rows = events.order_by("pk").values_list(*COLUMNS).iterator(chunk_size=ROWS_AT_ONCE)
    return _csv(rows) if written_as is Format.CSV else _json_lines(rows)


def _json_lines(rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    for row in rows:
        yield orjson.dumps(dict(zip(COLUMNS, row, strict=True))).decode() + "\n"


def _csv(rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    # Quoted, a cell stays one whatever a spreadsheet takes for a separator.
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL)
    yield writer.writerow(COLUMNS)
    for row in rows:
        yield writer.writerow(map(_cell, row))


class _Line:
    """Gives ``csv.writer`` back what it writes."""

    def write(self, line: str) -> str:
        return line


def _cell(value: Any) -> str:
    """``value`` as a text that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    text = orjson.dumps(value).decode() if isinstance(value, dict | list) else str(value)
    in_one_line = " ".join(text.splitlines())
    begins = [start.lstrip(" ").startswith(FORMULA) for start in (text, in_one_line)]
    return f"'{in_one_line}" if any(begins) else in_one_line
