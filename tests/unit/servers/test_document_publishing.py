"""What a publisher has to put right, though other registries let it pass."""

from typing import Any

import pytest

from servers.documents import InvalidDocument, validate_document, validate_imported
from tests.fixtures.factories import document

HEADERS = "remotes[0].headers[0].value"


def package(**fields: Any) -> dict[str, Any]:
    return {"registryType": "npm", "identifier": "x", "transport": {"type": "stdio"}, **fields}


def with_package(**fields: Any) -> dict[str, Any]:
    return document(packages=[package(**fields)])


def with_header(value: str, **fields: Any) -> dict[str, Any]:
    header = {"name": "Authorization", "value": value, **fields}
    remote = {"type": "sse", "url": "https://example.org/sse", "headers": [header]}
    return document(remotes=[remote])


def errors_of(value: dict[str, Any]) -> dict[str, str]:
    try:
        validate_document(value)
    except InvalidDocument as error:
        return {each.path: each.message for each in error.errors}
    return {}


@pytest.mark.parametrize("version", ["1.0.0/beta", "/", "release/2"])
def test_a_version_has_no_slash_which_its_address_could_not_carry(version: str) -> None:
    written = document(version=version)

    assert list(errors_of(written)) == ["version"]
    assert "'/'" in errors_of(written)["version"]
    validate_imported(written)


def test_a_header_declares_its_variables() -> None:
    assert errors_of(with_header("Bearer {token}", variables={"token": {}})) == {}
    assert errors_of(with_header("Bearer {token}")) == {
        HEADERS: "uses {token}, which remotes[0].headers[0].variables does not declare."
    }


@pytest.mark.parametrize("field", ["runtimeArguments", "packageArguments", "environmentVariables"])
def test_an_input_of_a_package_declares_its_variables(field: str) -> None:
    given = {"type": "named", "name": "--mount", "value": "src={source},dst={target}"}
    declared: dict[str, Any] = {"variables": {"source": {}, "target": {}}}

    assert errors_of(with_package(**{field: [given | declared]})) == {}
    assert list(errors_of(with_package(**{field: [given]}))) == [f"packages[0].{field}[0].value"]


@pytest.mark.parametrize(
    "inputs",
    [
        {"packageArguments": [{"type": "named", "name": "--port"}]},
        {"runtimeArguments": [{"type": "positional", "valueHint": "port"}]},
        {"environmentVariables": [{"name": "port"}]},
    ],
)
def test_the_url_of_a_package_uses_its_inputs(inputs: dict[str, Any]) -> None:
    transport = {"type": "sse", "url": "http://127.0.0.1:{port}/sse"}

    assert errors_of(with_package(transport=transport, **inputs)) == {}
    assert errors_of(with_package(transport=transport)) == {
        "packages[0].transport.url": (
            "uses {port}, which no argument and no environment variable of packages[0] is called."
        )
    }


@pytest.mark.parametrize("value", ["${HOME}/x", '{"a": 1}', "{{mustache}}", "{}", "{a b}"])
def test_what_is_no_variable_need_not_be_declared(value: str) -> None:
    assert errors_of(with_header(value)) == {}


@pytest.mark.parametrize(
    ("kind", "identifier"),
    [
        ("npm", "weather"),
        ("npm", "@scope/weather.js"),
        ("pypi", "weather-mcp"),
        ("pypi", "Weather_MCP.server"),
        ("nuget", "Knapcode.SampleMcpServer"),
        ("cargo", "weather-mcp"),
        ("oci", "docker.io/owner/image:1.0.0"),
        ("oci", "localhost:5000/image@sha256:" + "a" * 64),
        ("conda", "whatever / they call it"),
    ],
)
def test_an_identifier_that_its_registry_knows(kind: str, identifier: str) -> None:
    assert errors_of(with_package(registryType=kind, identifier=identifier)) == {}


@pytest.mark.parametrize(
    ("kind", "identifier"),
    [
        ("npm", "weather; rm -rf /"),
        ("npm", "@scope"),
        ("npm", "a/b/c"),
        ("pypi", "weather mcp"),
        ("pypi", "-r requirements.txt"),
        ("nuget", "$(whoami)"),
        ("cargo", "1password"),
        ("oci", "owner/image"),
        ("oci", "localhost:5000/image"),
        ("oci", "owner/image:1.0 --privileged"),
        ("npm", ""),
    ],
)
def test_an_identifier_that_its_registry_cannot_know(kind: str, identifier: str) -> None:
    found = errors_of(with_package(registryType=kind, identifier=identifier))

    assert list(found) == ["packages[0].identifier"]


def test_a_bundle_is_a_url_with_its_sha256() -> None:
    assert list(errors_of(with_package(registryType="mcpb"))) == [
        "packages[0].fileSha256",
        "packages[0].identifier",
    ]


def test_an_image_states_version_and_registry_in_its_reference_alone() -> None:
    image = {"registryType": "oci", "identifier": "ghcr.io/o/i:1"}

    assert list(errors_of(with_package(**image, version="1"))) == ["packages[0].version"]
    assert list(errors_of(with_package(**image, registryBaseUrl="https://ghcr.io"))) == [
        "packages[0].registryBaseUrl"
    ]


@pytest.mark.parametrize(
    "foreign",
    [
        with_header("Bearer {token}"),
        with_package(registryType="oci", identifier="owner/image"),
        with_package(identifier="a/b/c"),
    ],
)
def test_an_import_takes_it_as_it_is(foreign: dict[str, Any]) -> None:
    validate_imported(foreign)
