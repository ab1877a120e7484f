"""One value straight from the database."""

import pytest

from registry_site.lib.one_value import one_value

pytestmark = pytest.mark.django_db


def test_the_first_column_of_the_first_row_is_given() -> None:
    assert one_value("SELECT 7, 8") == 7


def test_without_a_row_there_is_nothing() -> None:
    assert one_value("SELECT 1 WHERE 1 = 0") is None
