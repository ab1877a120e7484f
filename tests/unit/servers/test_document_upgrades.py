"""Documents of each dated schema, brought to the current one and published."""

from typing import Any

import pytest

from servers.documents import (
    SCHEMA_URL,
    InvalidDocument,
    accept_document,
    repair_document,
    stated_status,
    upgrade_document,
)
from servers.documents.upgrades import SCHEMA_DATES
from tests.fixtures.factories import document


def dated(date: str, **changes: Any) -> dict[str, Any]:
    url = f"https://static.modelcontextprotocol.io/schemas/{date}/server.schema.json"
    return document(**{"$schema": url}, **changes)


def package(**fields: Any) -> dict[str, Any]:
    return {"registryType": "npm", "identifier": "x", "transport": {"type": "stdio"}, **fields}


SNAKE_CASE = dated(
    "2025-07-09",
    website_url="https://example.org",
    packages=[
        {
            "registry_type": "npm",
            "registry_base_url": "https://registry.npmjs.org",
            "identifier": "weather",
            "version": "1.0.0",
            "transport": {"type": "stdio"},
            "runtime_hint": "npx",
            "runtime_arguments": [{"type": "named", "name": "-y", "is_repeated": False}],
            "package_arguments": [{"type": "positional", "value_hint": "place"}],
            "environment_variables": [
                {
                    "name": "KEY",
                    "is_secret": True,
                    "value": "{is_secret}",
                    "variables": {"is_secret": {"is_required": True}},
                }
            ],
        }
    ],
)


@pytest.mark.parametrize("date", SCHEMA_DATES)
def test_a_document_of_every_date_is_accepted(date: str) -> None:
    accepted = accept_document(dated(date))

    assert accepted.document == document()
    assert (accepted.changes, accepted.status) == ([], None)


@pytest.mark.parametrize("date", ["2025-08-01", "2026-01-01", "draft"])
def test_another_date_is_refused_with_the_known_ones(date: str) -> None:
    with pytest.raises(InvalidDocument) as refusal:
        accept_document(dated(date))

    assert refusal.value.errors[0].path == "$schema"
    assert all(known in refusal.value.errors[0].message for known in SCHEMA_DATES)


def test_the_names_of_july_become_todays() -> None:
    accepted = accept_document(SNAKE_CASE)

    upgraded = accepted.document["packages"][0]
    assert (accepted.document["$schema"], accepted.document["websiteUrl"]) == (
        SCHEMA_URL,
        "https://example.org",
    )
    assert upgraded["runtimeArguments"] == [{"type": "named", "name": "-y", "isRepeated": False}]
    assert "environment_variables is called environmentVariables now" in accepted.changes


def test_the_publishers_own_names_stay() -> None:
    variable = accept_document(SNAKE_CASE).document["packages"][0]["environmentVariables"][0]

    assert variable["variables"] == {"is_secret": {"isRequired": True}}


def test_errors_name_the_fields_as_the_document_does() -> None:
    broken = {**SNAKE_CASE, "packages": [{**SNAKE_CASE["packages"][0], "file_sha256": "x"}]}

    with pytest.raises(InvalidDocument) as refusal:
        accept_document(broken)

    assert [error.path for error in refusal.value.errors] == ["packages[0].file_sha256"]


@pytest.mark.parametrize("status", ["active", "deprecated", "deleted"])
@pytest.mark.parametrize("date", ["2025-07-09", "2025-09-16"])
def test_a_status_is_handed_to_the_lifecycle(date: str, status: str) -> None:
    accepted = accept_document(dated(date, status=status))

    assert accepted.status == status
    assert accepted.document == document()
    assert accepted.changes == [f"status is kept beside the document now: {status}"]


def test_a_status_that_is_none_is_refused() -> None:
    assert stated_status(dated("2025-07-09", status="old")) is None
    with pytest.raises(InvalidDocument, match="status is not a known field"):
        accept_document(dated("2025-07-09", status="old"))


def test_since_september_a_document_states_no_status() -> None:
    with pytest.raises(InvalidDocument, match="status is not a known field"):
        accept_document(dated("2025-10-17", status="deprecated"))


def test_what_the_registry_writes_is_left_out() -> None:
    official = {"io.modelcontextprotocol.registry/official": {"id": "1"}}

    assert accept_document(dated("2025-07-09", _meta=official)).document["_meta"] == {}


@pytest.mark.parametrize(
    ("fields", "reference"),
    [
        ({"identifier": "owner/image", "version": "1.0"}, "owner/image:1.0"),
        (
            {"identifier": "o/i", "version": "1", "registryBaseUrl": "https://ghcr.io/"},
            "ghcr.io/o/i:1",
        ),
        ({"identifier": "ghcr.io/o/i:2", "version": "1"}, "ghcr.io/o/i:2"),
        ({"identifier": "localhost:5000/o/i", "version": "1"}, "localhost:5000/o/i:1"),
    ],
)
def test_an_image_becomes_one_reference(fields: dict[str, str], reference: str) -> None:
    old = dated("2025-09-29", packages=[package(registryType="oci", **fields)])

    accepted = accept_document(old)

    assert accepted.document["packages"] == [package(registryType="oci", identifier=reference)]
    assert accepted.changes == [f"packages[0].identifier is the whole reference now: {reference}"]


def test_a_remote_declares_the_variables_of_its_url() -> None:
    remote = {"type": "sse", "url": "https://{tenant}.example.org/{region}/sse"}

    accepted = accept_document(dated("2025-10-17", remotes=[remote]))

    assert accepted.document["remotes"][0]["variables"] == {"tenant": {}, "region": {}}
    assert accepted.changes == ["remotes[0].variables declares tenant, region now"]


def test_a_rule_of_a_date_is_no_rule_of_a_later_one() -> None:
    image = package(registryType="oci", identifier="o/i", version="1")

    with pytest.raises(InvalidDocument) as refusal:
        accept_document(document(packages=[image]))

    assert [error.path for error in refusal.value.errors] == [
        "packages[0].identifier",
        "packages[0].version",
    ]


def test_the_document_that_is_handed_in_is_not_changed() -> None:
    given = dated("2025-07-09", status="deprecated", website_url="https://example.org")

    upgrade_document(given)

    assert given["status"] == "deprecated"
    assert given["website_url"] == "https://example.org"


@pytest.mark.parametrize("strange", [{"packages": "x"}, {"remotes": [{"variables": 1}]}])
@pytest.mark.parametrize("date", SCHEMA_DATES)
def test_what_has_no_shape_is_refused_and_not_upgraded(date: str, strange: dict[str, Any]) -> None:
    with pytest.raises(InvalidDocument):
        accept_document(dated(date, **strange))


@pytest.mark.parametrize("value", [None, [], "text", 1])
def test_what_is_no_object_is_refused(value: Any) -> None:
    with pytest.raises(InvalidDocument, match="JSON object"):
        accept_document(value)


def test_an_import_upgrades_before_it_repairs() -> None:
    repaired, said = repair_document({**SNAKE_CASE, "status": "deprecated", "repository": {}})

    assert repaired == accept_document(SNAKE_CASE).document
    assert said[-1] == "repository was left out: it has no url"
    assert "status is kept beside the document now: deprecated" in said
