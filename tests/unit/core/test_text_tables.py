"""Rows as a table on a terminal."""

from registry_site.lib.text_tables import table


def test_every_column_is_as_wide_as_its_widest_cell() -> None:
    assert table([("NAME", "AT"), ("clock", "-"), ("a", "noon")]) == [
        "NAME   AT",
        "clock  -",
        "a      noon",
    ]


def test_no_rows_are_no_lines() -> None:
    assert table([]) == []
