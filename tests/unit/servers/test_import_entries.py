"""What an entry says beside its document: status, dates, tags."""

from datetime import UTC, datetime
from typing import Any

import pytest

from servers.importing.entries import Unusable, entry_of, stated_field, updated_at
from servers.models import Status
from tests.fixtures.factories import document
from tests.fixtures.official_registry import OFFICIAL_META

FACTS = "dev.rollcall.registry/facts"


def entry(official: Any = None, facts: Any = None) -> dict[str, Any]:
    return {"server": document(), "_meta": {OFFICIAL_META: official, FACTS: facts}}


def test_status_message_and_dates_are_taken_over() -> None:
    read = entry_of(
        entry(
            {
                "status": "deprecated",
                "statusMessage": "Use the other.",
                "statusChangedAt": "2026-02-03T04:05:06Z",
                "publishedAt": "2026-01-02T03:04:05Z",
            }
        )
    )

    assert (read.status, read.status_message) == (Status.DEPRECATED, "Use the other.")
    assert read.status_changed_at == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert read.published_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stated", "status", "message"),
    [
        ({"status": "active", "statusMessage": "left over"}, "active", ""),
        ({"status": "retired"}, "active", ""),
        ({"status": 7, "publishedAt": "yesterday"}, "active", ""),
        ({"status": "deprecated", "statusMessage": ["x"]}, "deprecated", ""),
        ({"status": "deprecated", "statusMessage": "x" * 600}, "deprecated", "x" * 500),
        ([], "active", ""),
        (None, "active", ""),
    ],
)
def test_what_a_registry_says_wrongly_says_nothing(stated: Any, status: str, message: str) -> None:
    read = entry_of(entry(stated))

    assert (read.status, read.status_message) == (status, message)


def test_an_old_document_says_itself_that_it_is_deprecated() -> None:
    schema = "https://static.modelcontextprotocol.io/schemas/2025-09-16/server.schema.json"
    old = document(**{"$schema": schema, "status": "deprecated"})

    assert entry_of(old).status == Status.DEPRECATED
    assert entry_of({"server": old}).status == Status.DEPRECATED


def test_another_rollcall_says_tags_and_category() -> None:
    read = entry_of(entry({}, {"tags": ["Maps", "maps", "", 7, "x" * 60], "category": " Places "}))

    assert (read.tags, read.category) == (["maps", "x" * 50], "Places")


@pytest.mark.parametrize("facts", [None, [], {"tags": "maps", "category": None}])
def test_strange_facts_say_nothing(facts: Any) -> None:
    read = entry_of(entry({}, facts))

    assert (read.tags, read.category) == ([], "")


@pytest.mark.parametrize("value", [None, [], 7, "x", {"server": 7}, {"server": {"name": 7}}, {}])
def test_unusable_values_state_no_name(value: Any) -> None:
    assert stated_field(value, "name") == ""
    assert updated_at(value) is None
    with pytest.raises(Unusable):
        entry_of(value)
