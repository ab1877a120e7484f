"""What a person may publish, and what the refusal says."""

from typing import Any

import pytest
from pytest_django.fixtures import Settings

from servers.documents import DocumentError, InvalidDocument, validate_document
from tests.fixtures.factories import document


def errors_of(value: Any) -> dict[str, str]:
    """The message at each path; empty for a valid document."""
    try:
        validate_document(value)
    except InvalidDocument as error:
        return {each.path: each.message for each in error.errors}
    return {}


def remote(url: str, **fields: Any) -> dict[str, Any]:
    return document(remotes=[{"type": "sse", "url": url, **fields}])


def test_a_complete_document_is_valid() -> None:
    package = {
        "registryType": "mcpb",
        "identifier": "https://example.org/weather.mcpb",
        "fileSha256": "a" * 64,
        "transport": {"type": "stdio"},
        "packageArguments": [{"type": "positional", "value": "serve"}],
    }
    complete = document(
        title="Weather",
        websiteUrl="https://example.org",
        icons=[{"src": "https://example.org/icon.png", "sizes": ["48x48"]}],
        repository={"url": "https://github.com/example/weather", "source": "github"},
        packages=[package],
        remotes=[{"type": "sse", "url": "https://{host}/sse", "variables": {"host": {}}}],
    )

    assert errors_of(complete) == {}


@pytest.mark.parametrize("value", [None, [], "text", 1, True])
def test_a_document_is_an_object(value: Any) -> None:
    assert errors_of(value) == {"": "A server.json is a JSON object."}


def test_every_missing_field_is_named() -> None:
    assert errors_of({"$schema": document()["$schema"]}) == {
        "name": "is required.",
        "description": "is required.",
        "version": "is required.",
    }


@pytest.mark.parametrize(
    "name",
    ["weather", "a/b/c", "/weather", "org.example/", "-org/weather", "org/weather-", "org/wéather"]
    + ["org example/weather", "a" * 100 + "/" + "b" * 100, "org_x/weather", ""],
)
def test_a_name_is_namespace_and_name(name: str) -> None:
    assert list(errors_of(document(name=name))) == ["name"]


@pytest.mark.parametrize(
    "version",
    ["latest", "^1.2.3", "~1.2", ">=1.0", "1.x", "1.*", "*", "1.0 - 2.0", "1 || 2", "", " "],
)
def test_a_version_is_one_version(version: str) -> None:
    assert list(errors_of(document(version=version))) == ["version"]


@pytest.mark.parametrize("version", ["1.0.0", "2025.11.17.0704", "1.0.0-rc.1+build", "auto", "v1"])
def test_a_version_need_not_be_semantic(version: str) -> None:
    assert errors_of(document(version=version)) == {}


def test_a_misspelt_field_is_refused_with_the_likely_name() -> None:
    assert errors_of(document(websiteURL="https://example.org")) == {
        "websiteURL": "is not a known field. Did you mean websiteUrl?"
    }


def test_an_unknown_field_of_a_package_is_refused() -> None:
    package = {
        "registryType": "npm",
        "identifier": "x",
        "transport": {"type": "stdio"},
        "vers": "1",
    }

    assert "packages[0].vers" in errors_of(document(packages=[package]))


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/mcp", "javascript:alert(1)", "file:///etc/passwd", "https://", "//x/mcp"]
    + ["https://example.org/a b", "https://example.org:port/", "http://[::1/mcp", "example.org"],
)
def test_a_remote_answers_over_http(url: str) -> None:
    assert list(errors_of(remote(url))) == ["remotes[0].url"]


def test_a_remote_url_carries_no_credentials() -> None:
    assert "user name" in errors_of(remote("https://me:secret@example.org/mcp"))["remotes[0].url"]


def test_a_remote_in_a_private_network_is_refused_until_the_operator_allows_it(
    settings: Settings,
) -> None:
    inside = remote("https://10.1.2.3/mcp")

    assert "private" in errors_of(inside)["remotes[0].url"]

    settings.OUTBOUND_ALLOW = ["10.0.0.0/8"]
    assert errors_of(inside) == {}


def test_plain_http_needs_a_host_that_the_operator_allows(settings: Settings) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8", "mcp.internal"]

    assert "https" in errors_of(remote("http://example.org/mcp"))["remotes[0].url"]
    assert errors_of(remote("http://127.0.0.1:8080/mcp")) == {}
    assert errors_of(remote("http://localhost:8080/mcp")) == {}
    assert errors_of(remote("http://mcp.internal/mcp")) == {}


def test_a_variable_of_a_remote_url_is_declared() -> None:
    message = errors_of(remote("https://{tenant}.example.org/mcp"))["remotes[0].url"]

    assert message == "uses {tenant}, which remotes[0].variables does not declare."


def test_a_remote_of_an_unknown_type_names_the_known_ones() -> None:
    unknown = document(remotes=[{"type": "websocket", "url": "https://example.org"}])

    assert errors_of(unknown) == {"remotes[0].type": "must be one of: sse, streamable-http."}


def test_of_two_kinds_of_transport_only_the_meant_one_is_explained() -> None:
    assert errors_of(document(remotes=[{"type": "sse"}])) == {"remotes[0].url": "is required."}


def test_an_argument_without_a_value_says_what_it_needs() -> None:
    package = {
        "registryType": "npm",
        "identifier": "x",
        "transport": {"type": "stdio"},
        "packageArguments": [{"type": "positional"}],
    }

    assert errors_of(document(packages=[package])) == {
        "packages[0].packageArguments[0]": "needs one of: value, valueHint."
    }


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"description": "x" * 101}, "description"),
        ({"description": ""}, "description"),
        ({"title": "x" * 101}, "title"),
        ({"title": 7}, "title"),
        ({"remotes": "https://example.org"}, "remotes"),
        ({"remotes": ["https://example.org"]}, "remotes[0]"),
        ({"websiteUrl": "http://example.org"}, "websiteUrl"),
        ({"icons": [{"src": "data:image/png;base64,AA"}]}, "icons[0].src"),
        ({"repository": {"url": "javascript:x", "source": "github"}}, "repository.url"),
        ({"repository": {}}, "repository.url"),
        ({"$schema": "https://example.org/schema.json"}, "$schema"),
    ],
)
def test_each_field_is_held_to_its_rule(changes: dict[str, Any], path: str) -> None:
    assert path in errors_of(document(**changes))


def test_an_mcpb_package_needs_its_checksum() -> None:
    package = {"registryType": "mcpb", "identifier": "x", "transport": {"type": "stdio"}}

    assert "packages[0].fileSha256" in errors_of(document(packages=[package]))


def test_a_package_version_is_no_range() -> None:
    package = {"registryType": "npm", "identifier": "x", "transport": {"type": "stdio"}}

    assert "packages[0].version" in errors_of(document(packages=[{**package, "version": "^1.0"}]))


def test_the_publishers_own_data_is_limited() -> None:
    key = "io.modelcontextprotocol.registry/publisher-provided"

    assert errors_of(document(_meta={key: {"note": "x" * 4000}})) == {}
    assert f"_meta.{key}" in errors_of(document(_meta={key: {"note": "x" * 4096}}))


def test_a_schema_of_an_earlier_date_is_accepted() -> None:
    earlier = "https://static.modelcontextprotocol.io/schemas/2025-09-29/server.schema.json"

    assert errors_of(document(**{"$schema": earlier})) == {}


def test_an_error_names_path_rule_and_message() -> None:
    with pytest.raises(InvalidDocument) as refusal:
        validate_document(document(description="x" * 153))

    expected = DocumentError(
        "description", "maxLength", "must be at most 100 characters; it has 153."
    )
    assert refusal.value.errors == [expected]
    assert str(refusal.value) == f"description {expected.message}"
