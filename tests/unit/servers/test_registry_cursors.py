"""The cursor: one word that carries the filters and is not to be tampered with."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.registry_api.cursors import Cursor, Filters, InvalidCursor

SINCE = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)
MOMENTS = st.none() | st.datetimes(timezones=st.just(UTC))
FILTERS = st.builds(
    Filters,
    search=st.text(max_size=200),
    version=st.text(max_size=255),
    updated_since=MOMENTS,
    include_deleted=st.booleans(),
)
CURSOR = Cursor(filters=Filters(search="tides"), key="org.example/tides", version_id=7)


@given(st.builds(Cursor, filters=FILTERS, key=st.text(max_size=200), version_id=st.integers(0)))
def test_a_cursor_says_what_it_was_made_of_in_characters_that_need_no_escaping(
    cursor: Cursor,
) -> None:
    text = cursor.encode()

    assert re.fullmatch(r"[A-Za-z0-9._-]+", text)
    assert Cursor.decode(text) == cursor


@given(st.data())
def test_a_cursor_with_another_character_is_none(data: st.DataObject) -> None:
    text = CURSOR.encode()
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda letter: letter != text[place]))

    with pytest.raises(InvalidCursor):
        Cursor.decode(text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize("text", ["", ".", "x", "org.example/tides", "e30.e30", "é", "%00"])
def test_what_nobody_gave_out_is_no_cursor(text: str) -> None:
    with pytest.raises(InvalidCursor):
        Cursor.decode(text)


def test_a_cut_cursor_is_none() -> None:
    with pytest.raises(InvalidCursor):
        Cursor.decode(CURSOR.encode()[:-1])
