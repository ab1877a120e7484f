"""What an import puts right in documents of other registries, and what it says of it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servers.documents import (
    SCHEMA_URL,
    InvalidDocument,
    facts_of,
    repair_document,
    validate_document,
)
from tests.fixtures.factories import document

PUBLISHER = "io.modelcontextprotocol.registry/publisher-provided"
OLD_SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-07-09/server.schema.json"


def package(**fields: Any) -> dict[str, Any]:
    return {
        "registryType": "npm",
        "identifier": "weather",
        "version": "1.0.0",
        "transport": {"type": "stdio"},
        **fields,
    }


def test_a_valid_document_stays_as_it_is() -> None:
    assert repair_document(document()) == (document(), [])


def test_the_document_that_is_handed_in_is_not_changed() -> None:
    given_document = document(repository={})

    repair_document(given_document)

    assert given_document["repository"] == {}


def test_an_earlier_schema_is_exchanged_without_a_word() -> None:
    repaired, said = repair_document(document(**{"$schema": f"{OLD_SCHEMA}#/definitions/X"}))

    assert (repaired["$schema"], said) == (SCHEMA_URL, [])


def test_a_schema_that_is_not_official_is_mentioned() -> None:
    repaired, said = repair_document(document(**{"$schema": "https://example.org/x.json"}))

    assert repaired["$schema"] == SCHEMA_URL
    assert said == [
        "$schema was 'https://example.org/x.json', which is no official schema that we know"
    ]


def test_an_empty_repository_is_left_out() -> None:
    repaired, said = repair_document(document(repository={}))

    assert "repository" not in repaired
    assert said == ["repository was left out: it has no url"]


def test_the_source_of_a_repository_is_taken_from_its_url() -> None:
    repaired, _ = repair_document(document(repository={"url": "https://github.com/a/b"}))

    assert repaired["repository"] == {"url": "https://github.com/a/b", "source": "github"}


def test_names_of_the_first_schema_become_todays() -> None:
    old = document(
        website_url="https://example.org",
        status="active",
        packages=[
            {
                "registry_type": "npm",
                "identifier": "weather",
                "transport": {"type": "stdio"},
                "package_arguments": [{"type": "positional", "value_hint": "place"}],
                "environment_variables": [{"name": "KEY", "is_secret": True}],
            }
        ],
    )

    repaired, said = repair_document(old)

    validate_document(repaired)
    assert repaired["websiteUrl"] == "https://example.org"
    assert repaired["packages"][0]["environmentVariables"] == [{"name": "KEY", "isSecret": True}]
    assert "website_url is called websiteUrl now" in said
    assert "status was left out: the current schema does not know it" in said


def test_a_long_description_is_cut_and_kept_whole_beside() -> None:
    long = "Forecasts for any place. " * 10

    repaired, said = repair_document(document(description=long))

    validate_document(repaired)
    assert repaired["description"].endswith("…")
    assert facts_of(repaired).description == long
    assert said == ["description was cut to 100 characters; _meta keeps the whole"]


def test_what_the_publisher_keeps_beside_survives_a_cut_description() -> None:
    repaired, _ = repair_document(document(description="x " * 80, _meta={PUBLISHER: {"a": 1}}))

    assert repaired["_meta"][PUBLISHER]["a"] == 1


@pytest.mark.parametrize(
    ("broken", "place", "right"),
    [
        (package(version="latest"), "version", None),
        (package(version="^1.0"), "version", None),
        (
            package(packageArguments=[{"type": "", "value": "serve"}]),
            "packageArguments",
            [{"type": "positional", "value": "serve"}],
        ),
        (
            package(runtimeArguments=[{"type": "", "name": "--port"}]),
            "runtimeArguments",
            [{"type": "named", "name": "--port"}],
        ),
        (
            package(environmentVariables=[{"name": "PORT", "format": "integer"}]),
            "environmentVariables",
            [{"name": "PORT", "format": "number"}],
        ),
    ],
)
def test_a_package_is_repaired(broken: dict[str, Any], place: str, right: Any) -> None:
    repaired, said = repair_document(document(packages=[broken]))

    validate_document(repaired)
    assert repaired["packages"][0].get(place) == right
    assert len(said) == 1


@pytest.mark.parametrize(
    "changes",
    [{"title": ""}, {"title": "x" * 120}, {"websiteUrl": "http://example.org"}]
    + [{"icons": [{"src": "http://example.org/i.png"}]}],
)
def test_decoration_that_does_not_fit_gives_way(changes: dict[str, Any]) -> None:
    repaired, said = repair_document(document(**changes))

    validate_document(repaired)
    assert len(said) == 1


@pytest.mark.parametrize("field", ["name", "version", "description"])
def test_nothing_is_invented(field: str) -> None:
    repaired, _ = repair_document(document(**{field: None}))

    with pytest.raises(InvalidDocument, match=f"{field} is required"):
        validate_document(repaired)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["url", "type", "name", "src", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    ["$schema", "name", "title", "description", "version", "remotes", "packages", "icons"]
    + ["repository", "websiteUrl", "_meta", "website_url", "unknown"]
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(FIELDS, JSON, max_size=4))
def test_whatever_comes_is_repaired_or_refused_with_reasons(changes: dict[str, Any]) -> None:
    repaired, _ = repair_document({**document(), **changes})

    try:
        validate_document(repaired)
    except InvalidDocument as error:
        reasons = [each.message for each in error.errors]
    else:
        reasons = [facts_of(repaired).description]
    assert all(reasons)
