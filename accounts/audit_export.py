"""The audit trail for other programs: which events, and the lines of the file they are written to.

Asked by the REST API, the command and the admin alike; all of it in the same memory however many
events there are.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import orjson
from django.db.models import TextChoices
from django_filters import rest_framework as filters

from accounts.models import AuditEvent
from accounts.querysets import AuditEventQuerySet

ROWS_AT_ONCE = 500
COLUMNS = [field.name for field in AuditEvent._meta.concrete_fields]
# A spreadsheet takes a cell that begins so for a formula, and runs it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


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


class AuditEventFilter(filters.FilterSet):  # type: ignore[misc] # django-filter is untyped
    """Which events; every filter narrows further."""

    actor = filters.CharFilter(max_length=150, help_text="The username.")
    action = filters.CharFilter(max_length=60, help_text="For instance server.update.")
    subject = filters.CharFilter(max_length=255, help_text="What it was done to.")
    outcome = filters.ChoiceFilter(choices=AuditEvent.Outcome.choices)
    via = filters.CharFilter(
        lookup_expr="icontains", max_length=200, help_text="Part of what it was done with."
    )
    since = filters.IsoDateTimeFilter(
        field_name="at", lookup_expr="gte", help_text="From this moment on (RFC 3339)."
    )
    until = filters.IsoDateTimeFilter(
        field_name="at", lookup_expr="lt", help_text="Before this moment (RFC 3339)."
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
    writer = csv.writer(_Line())
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
    return f"'{text}" if text.startswith(FORMULA) else text
