"""Adds ``--update-query-counts``: the numbers of queries are written instead of compared."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-query-counts",
        action="store_true",
        help="write tests/query_counts.json anew instead of comparing with it",
    )
