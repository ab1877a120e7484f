"""Which version of a server is the latest."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from servers.versions import Dated, latest_of, precedence

START = datetime(2026, 1, 1, tzinfo=UTC)


def published(*versions: str) -> list[Dated]:
    """The versions, a day apart in this order."""
    return [Dated(version, START + timedelta(days=day)) for day, version in enumerate(versions)]


@pytest.mark.parametrize(
    ("versions", "latest"),
    [
        (["1.0.0"], "1.0.0"),
        (["2.0.0", "1.9.9"], "2.0.0"),
        (["1.9.0", "1.10.0"], "1.10.0"),
        (["1.0.0", "1.0.0-rc.1"], "1.0.0"),
        (["1.0.0", "1.0.0.post1"], "1.0.0"),
        (["auto", "2.1"], "2.1"),
        (["2.1", "auto"], "auto"),
        (["1.0.0+a", "1.0.0+b"], "1.0.0+b"),
    ],
)
def test_the_highest_semantic_version_is_the_latest_else_the_newest(
    versions: list[str], latest: str
) -> None:
    assert latest_of(published(*versions)) == latest


def test_semantic_versions_sort_as_the_specification_says() -> None:
    ordered = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11"]
    ordered += ["1.0.0-rc.1", "1.0.0", "v1.0.1"]

    for lower, higher in pairwise(ordered):
        assert latest_of(published(higher, lower)) == higher


@pytest.mark.parametrize("version", ["1.0", "1.0.0.1", "01.0.0", "1.0.0º", "{{VERSION}}", ""])
def test_other_versions_have_no_precedence(version: str) -> None:
    assert precedence(version) is None
