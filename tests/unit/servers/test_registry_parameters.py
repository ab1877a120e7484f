"""What the list may be asked, and what is refused by name."""

from datetime import UTC, datetime
from typing import Any

import pytest

from servers.registry_api.cursors import Cursor, Filters
from servers.registry_api.parameters import ListParameters, StatusChange

SINCE = "2026-03-01T09:30:00.25Z"
MOMENT = datetime(2026, 3, 1, 9, 30, 0, 250000, tzinfo=UTC)
CURSOR = Cursor(
    filters=Filters(search="tides", version="latest", updated_since=MOMENT),
    key="org.example/tides",
    version_id=7,
)


def checked(**query: str) -> ListParameters:
    parameters = ListParameters(data=query)
    parameters.is_valid()
    return parameters


def test_a_page_has_thirty_entries_unless_told() -> None:
    assert checked().validated_data == {"filters": Filters(), "after": None, "limit": 30}


def test_filters_are_read() -> None:
    filters = checked(search="t", version="1.0", updated_since=SINCE).validated_data["filters"]

    assert filters == Filters(search="t", version="1.0", updated_since=MOMENT)


@pytest.mark.parametrize(
    "same", [{}, {"search": "tides"}, {"version": "latest", "updated_since": SINCE}]
)
def test_a_cursor_brings_its_filters(same: dict[str, str]) -> None:
    asked = checked(cursor=CURSOR.encode(), limit="2", **same).validated_data

    assert asked == {"filters": CURSOR.filters, "after": CURSOR, "limit": 2}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"limit": "9" * 400}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": CURSOR.encode() + "x"}, "cursor"),
        ({"cursor": CURSOR.encode(), "search": "winds"}, "search"),
        ({"cursor": CURSOR.encode(), "version": "1.0.0"}, "version"),
        ({"cursor": CURSOR.encode(), "include_deleted": "true"}, "include_deleted"),
        ({"updated_since": "yesterday"}, "updated_since"),
        ({"updated_since": "2026-03-01"}, "updated_since"),
        ({"updated_since": "2026-03-01T09:30:00"}, "updated_since"),
        ({"updated_since": "2026-13-01T09:30:00Z"}, "updated_since"),
        ({"updated_since": "9999-12-31T23:59:59-23:59"}, "updated_since"),
        ({"updated_since": "0001-01-01T00:00:00+23:59"}, "updated_since"),
        ({"updated_since": SINCE, "include_deleted": "false"}, "include_deleted"),
        ({"include_deleted": "perhaps"}, "include_deleted"),
        ({"search": "x" * 201}, "search"),
        ({"version": "1" * 256}, "version"),
    ],
)
def test_what_is_wrong_is_named(query: dict[str, str], field: str) -> None:
    assert list(checked(**query).errors) == [field]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "status"),
        ({"status": "gone"}, "status"),
        ({"status": ["active"]}, "status"),
        ({"status": "deprecated", "statusMessage": "x" * 501}, "statusMessage"),
        ({"status": "deprecated", "statusMessage": {}}, "statusMessage"),
        ([], "non_field_errors"),
    ],
)
def test_a_change_of_status_is_checked(body: Any, field: str) -> None:
    change = StatusChange(data=body)

    assert not change.is_valid()
    assert list(change.errors) == [field]
