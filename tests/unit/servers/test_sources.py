"""Which names a source takes, and where it asks."""

import pytest

from servers.importing import ImportReport
from servers.models import Source
from servers.sources.collecting import Collected
from servers.sources.registry import servers_url
from tests.fixtures.factories import document


@pytest.mark.parametrize(
    ("include", "exclude", "taken"),
    [
        ([], [], True),
        (["*"], [], True),
        (["org.example/*"], [], True),
        (["org.example/weather"], [], True),
        (["org.example/clock", "com.example/*"], [], False),
        ([], ["org.example/*"], False),
        (["org.example/*"], ["org.example/weather"], False),
        (["org.example/weather"], ["*"], False),
    ],
)
def test_patterns_decide_which_names_are_taken(
    include: list[str], exclude: list[str], taken: bool
) -> None:
    collected = Collected(Source(include=include, exclude=exclude), ImportReport())

    collected.take([document(name="org.example/Weather")], where="page 1")

    assert bool(collected.entries) is taken
    assert ("org.example/weather" in collected.versions) is taken


def test_what_cannot_be_used_is_there_all_the_same() -> None:
    collected = Collected(Source(), ImportReport())

    collected.take([document(description="")], where="page 1")

    assert collected.entries == []
    assert collected.versions == {"org.example/weather": {"1.0.0"}}
    assert not collected.is_riddled


def test_entries_of_a_catalogue_are_known_by_their_document() -> None:
    collected = Collected(Source(include=["acme/*"]), ImportReport())

    for catalogue_id in ("@acme/notes", "@other/notes"):
        named = {"id": catalogue_id, "name": "Notes", "description": "d"}
        collected.take([named | {"tools": []}], where="page 1")

    assert list(collected.versions) == ["acme/notes"]


@pytest.mark.parametrize("value", [7, {}, {"server": {"version": "1.0.0"}}, {"name": "a/b\0"}])
def test_what_has_no_name_makes_the_rest_uncertain(value: object) -> None:
    collected = Collected(Source(), ImportReport())

    collected.take([value], where="page 1")

    assert collected.is_riddled


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("https://example.org", "https://example.org/v0.1/servers"),
        ("https://example.org/", "https://example.org/v0.1/servers"),
        ("https://example.org/mcp", "https://example.org/mcp/v0.1/servers"),
        ("https://example.org/v0.1", "https://example.org/v0.1/servers"),
        ("https://example.org/v0/", "https://example.org/v0/servers"),
    ],
)
def test_a_registry_is_known_by_its_own_address_or_that_of_its_api(location: str, url: str) -> None:
    assert servers_url(location) == url
