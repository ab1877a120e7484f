"""The command that runs a package, by its type and by what its document says of it."""

from typing import Any

import pytest

from servers.client_configuration import Command, Remote, ways_of
from servers.client_configuration.inputs import placeholder
from tests.fixtures.factories import document


def command(**changes: Any) -> str:
    """The command for a package with these fields, as it would be typed."""
    target = way(**changes).target
    assert isinstance(target, Command)
    return target.line


def way(**changes: Any) -> Any:
    package = {
        "registryType": "npm",
        "identifier": "weather",
        "version": "1.2.3",
        "transport": {"type": "stdio"},
    } | changes
    (found,) = ways_of(document(remotes=None, packages=[package]))
    return found


def named(name: str, **fields: Any) -> dict[str, Any]:
    return {"type": "named", "name": name, **fields}


def positional(**fields: Any) -> dict[str, Any]:
    return {"type": "positional", **fields}


IMAGE = {"registryType": "oci", "identifier": "docker.io/example/weather:1.2.3", "version": None}


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, "npx -y weather@1.2.3"),
        ({"version": None}, "npx -y weather"),
        ({"runtimeHint": "bun"}, "bunx weather@1.2.3"),
        ({"registryBaseUrl": "https://registry.npmjs.org"}, "npx -y weather@1.2.3"),
        (
            {"registryBaseUrl": "https://npm.example.org/"},
            "npx -y --registry=https://npm.example.org weather@1.2.3",
        ),
        ({"registryType": "pypi"}, "uvx weather==1.2.3"),
        ({"registryType": "pypi", "runtimeHint": "pipx"}, "pipx run weather==1.2.3"),
        (
            {"registryType": "pypi", "registryBaseUrl": "https://pypi.example.org"},
            "uvx --index-url https://pypi.example.org/simple weather==1.2.3",
        ),
        ({"registryType": "nuget"}, "dnx weather@1.2.3 --yes"),
        (
            {"registryType": "nuget", "packageArguments": [positional(value="serve")]},
            "dnx weather@1.2.3 --yes -- serve",
        ),
        (IMAGE, "docker run -i --rm docker.io/example/weather:1.2.3"),
        (IMAGE | {"runtimeHint": "podman"}, "podman run -i --rm docker.io/example/weather:1.2.3"),
        ({"registryType": "cargo"}, "weather"),
        ({"registryType": "other"}, "weather"),
    ],
)
def test_each_type_of_package_is_run_by_its_own_tool(fields: dict[str, Any], line: str) -> None:
    assert command(**fields) == line


@pytest.mark.parametrize(
    ("identifier", "version", "base", "image"),
    [
        ("example/weather", "1.0", "https://docker.io", "example/weather:1.0"),
        ("example/weather", "1.0", "https://ghcr.io", "ghcr.io/example/weather:1.0"),
        ("ghcr.io/example/weather", "1.0", "https://ghcr.io", "ghcr.io/example/weather:1.0"),
        ("localhost:5000/weather", "1.0", None, "localhost:5000/weather:1.0"),
        ("example/weather@sha256:ab", "1.0", None, "example/weather@sha256:ab"),
    ],
)
def test_an_image_of_an_older_document_is_put_together(
    identifier: str, version: str, base: str | None, image: str
) -> None:
    fields = IMAGE | {"identifier": identifier, "version": version, "registryBaseUrl": base}

    assert command(**fields) == f"docker run -i --rm {image}"


def test_a_container_gets_its_variables_from_the_clients_environment() -> None:
    token = {"name": "TOKEN", "isRequired": True, "isSecret": True}

    found = way(**IMAGE, environmentVariables=[token])

    assert found.target.line.endswith("-e TOKEN docker.io/example/weather:1.2.3")
    assert found.target.environment["TOKEN"].render(placeholder) == "<TOKEN>"


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        (named("--port", value="8080"), " --port 8080"),
        (named("--port", default="8080"), " --port 8080"),
        (named("--port", isRequired=True), " --port '<WEATHER_PORT>'"),
        (named("--port", description="Which port."), ""),
        (named("--verbose"), " --verbose"),
        (named("--verbose", format="boolean", isRequired=True), " --verbose"),
        (positional(value="serve"), " serve"),
        (positional(valueHint="folder", isRequired=True), " '<WEATHER_FOLDER>'"),
        (positional(valueHint="folder"), ""),
        (
            positional(value="{a}/{b}", variables={"a": {"default": "x"}, "b": {}}),
            " 'x/<WEATHER_B>'",
        ),
    ],
)
def test_arguments_follow_the_package(argument: dict[str, Any], words: str) -> None:
    assert command(packageArguments=[argument]) == f"npx -y weather@1.2.3{words}"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([named("-y")], "npx -y weather@1.2.3"),
        ([positional(value="--yes")], "npx --yes weather@1.2.3"),
        ([positional(value="weather@latest")], "npx -y weather@latest"),
        ([named("-p", value="left-pad")], "npx -y -p left-pad weather@1.2.3"),
    ],
)
def test_nothing_is_said_twice(arguments: list[dict[str, Any]], line: str) -> None:
    """Publishers repeat the flags and the package itself in the runtime arguments."""
    assert command(runtimeArguments=arguments) == line


def test_an_interpreter_is_told_what_to_run_by_the_document() -> None:
    found = way(
        registryType="pypi",
        runtimeHint="python",
        runtimeArguments=[positional(value="-m"), positional(value="weather")],
    )

    assert found.target.line == "python -m weather"
    assert found.notes == ("Install the pypi package weather@1.2.3 first.",)


def test_a_package_that_answers_at_an_address_is_started_by_the_person() -> None:
    found = way(
        transport={"type": "streamable-http", "url": "http://127.0.0.1:{port}/mcp"},
        packageArguments=[named("--port", default="8089")],
    )

    assert isinstance(found.target, Remote)
    assert found.target.url.render(placeholder) == "http://127.0.0.1:8089/mcp"
    assert found.notes == (
        "The client does not start this server. Start it first: npx -y weather@1.2.3 --port 8089",
    )


def test_an_environment_variable_without_a_name_is_passed_over() -> None:
    """Some of the official registry's have none."""
    assert way(environmentVariables=[{"name": "", "value": "x"}]).target.environment == {}
