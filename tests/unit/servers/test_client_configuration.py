"""Client configuration from server.json documents: every client's format, for a few documents."""

import json
import tomllib
from typing import Any

import pytest

from servers.client_configuration import CLIENTS, Configuration, configurations, server_key
from tests.fixtures.factories import document

TOKEN = {"name": "API_TOKEN", "isRequired": True, "isSecret": True, "description": "Your token."}
HEADER = {
    "name": "Authorization",
    "value": "Bearer {token}",
    "isRequired": True,
    "isSecret": True,
    "variables": {"token": {"isRequired": True, "isSecret": True}},
}
# What the fixtures' document, called org.example/weather, asks for in place of {token}.
ASKED = "WEATHER_TOKEN"


def package(**changes: Any) -> dict[str, Any]:
    """An npm package that asks for a token."""
    return {
        "registryType": "npm",
        "identifier": "@example/weather",
        "version": "1.2.3",
        "transport": {"type": "stdio"},
        "environmentVariables": [TOKEN],
    } | changes


def local(**changes: Any) -> dict[str, Any]:
    return document(remotes=None, packages=[package(**changes)])


def remote(**changes: Any) -> dict[str, Any]:
    stated = {"type": "streamable-http", "url": "https://weather.example.org/mcp"} | changes
    return document(remotes=[stated])


def only(client: str, described: dict[str, Any], *, language: str = "json") -> Configuration:
    """The one configuration of a client that is in this language."""
    found = configurations(described, client=client)
    (chosen,) = (each for each in found if each.language == language)
    return chosen


def entry(client: str, described: dict[str, Any]) -> Any:
    """What stands under the key of the server."""
    configuration = only(client, described)
    return json.loads(configuration.text)["mcpServers"]["weather"]


def test_every_client_is_configured_for_a_package_and_for_an_address() -> None:
    for described in (local(), remote()):
        assert list(dict.fromkeys(each.client for each in configurations(described))) == [*CLIENTS]


@pytest.mark.parametrize("client", CLIENTS)
def test_no_secret_stands_in_a_configuration_even_if_the_document_tells_it(client: str) -> None:
    told = TOKEN | {"value": "hunter2"}
    header = {"name": "X-Key", "value": "hunter2", "isSecret": True}

    for described in (local(environmentVariables=[told]), remote(headers=[header])):
        for configuration in configurations(described, client=client):
            assert "hunter2" not in configuration.text
            assert configuration.inputs[0].secret


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    "stolen", ["${AWS_SECRET}", "$AWS_SECRET", "${env:AWS_SECRET}", "${input:x}", "$(id)"]
)
def test_a_document_cannot_have_the_clients_environment_sent_to_its_server(
    client: str, stolen: str
) -> None:
    header = {"name": "X-Key", "value": f"a{stolen}", "isRequired": True}
    described = remote(headers=[header])

    for configuration in configurations(described, client=client):
        assert stolen not in configuration.text


def test_a_reference_cannot_be_put_together_from_variables() -> None:
    header = {"name": "X-Key", "value": "${{a}}", "variables": {"a": {"value": "AWS_SECRET"}}}

    assert "AWS_SECRET" not in only("claude-code", remote(headers=[header])).text


def test_claude_code_gets_a_command_that_stores_no_secret() -> None:
    command = only("claude-code", local(), language="shell")

    assert command.text == (
        "claude mcp add --env 'API_TOKEN=${API_TOKEN}' --transport stdio weather "
        "-- npx -y @example/weather@1.2.3"
    )
    assert command.notes == (
        "Set these environment variables before Claude Code starts: API_TOKEN",
    )


def test_claude_code_gets_an_address_with_its_header() -> None:
    described = remote(headers=[HEADER])

    command = only("claude-code", described, language="shell")

    assert command.text == (
        "claude mcp add --header 'Authorization: Bearer ${WEATHER_TOKEN}' "
        "--transport http weather https://weather.example.org/mcp"
    )
    assert entry("claude-code", described) == {
        "type": "http",
        "url": "https://weather.example.org/mcp",
        "headers": {"Authorization": f"Bearer ${{{ASKED}}}"},
    }


def test_what_a_shell_would_run_stays_a_word() -> None:
    described = local(identifier="a; rm -rf ~ `id`")

    assert (
        "-- npx -y 'a; rm -rf ~ `id`@1.2.3'"
        in only("claude-code", described, language="shell").text
    )


def test_what_a_terminal_would_act_on_is_not_offered_to_one() -> None:
    described = local(identifier="weather\x1b[2J\n")

    assert [each.language for each in configurations(described, client="claude-code")] == ["json"]


def test_vs_code_asks_for_what_is_missing_and_hides_what_is_secret() -> None:
    choice = {"name": "UNIT", "isRequired": True, "choices": ["c", "f"]}

    file = json.loads(only("vscode", local(environmentVariables=[TOKEN, choice])).text)

    assert file["servers"]["weather"]["env"] == {
        "API_TOKEN": "${input:API_TOKEN}",
        "UNIT": "${input:UNIT}",
    }
    assert file["inputs"] == [
        {
            "type": "promptString",
            "id": "API_TOKEN",
            "description": "Your token.",
            "password": True,
        },
        {"type": "pickString", "id": "UNIT", "description": "UNIT", "options": ["c", "f"]},
    ]


def test_claude_desktop_reaches_an_address_by_a_bridge() -> None:
    assert entry("claude-desktop", remote(headers=[HEADER])) == {
        "command": "npx",
        "args": [
            "-y",
            "mcp-remote",
            "https://weather.example.org/mcp",
            "--header",
            "Authorization:${HEADER_1}",
        ],
        "env": {"HEADER_1": f"Bearer <{ASKED}>"},
    }


def test_cursor_tells_the_transport_by_itself() -> None:
    assert entry("cursor", remote(headers=[HEADER])) == {
        "url": "https://weather.example.org/mcp",
        "headers": {"Authorization": f"Bearer ${{env:{ASKED}}}"},
    }


def test_codex_names_the_variables_it_reads() -> None:
    described = remote(headers=[HEADER, {"name": "X-Org", "isRequired": True}])

    tables = tomllib.loads(only("codex", described, language="toml").text)

    assert tables["mcp_servers"]["weather"] == {
        "url": "https://weather.example.org/mcp",
        "bearer_token_env_var": ASKED,
        "env_http_headers": {"X-Org": "WEATHER_X_ORG"},
    }


def test_codex_hands_variables_on_to_a_command() -> None:
    unit = {"name": "UNIT", "default": "celsius"}
    described = local(environmentVariables=[TOKEN, unit])

    tables = tomllib.loads(only("codex", described, language="toml").text)

    assert tables["mcp_servers"]["weather"] == {
        "command": "npx",
        "args": ["-y", "@example/weather@1.2.3"],
        "env_vars": ["API_TOKEN"],
        "env": {"UNIT": "celsius"},
    }


def test_codex_does_not_speak_sse() -> None:
    (told,) = configurations(remote(type="sse"), client="codex")

    assert (told.text, told.notes) == ("", ("Codex does not speak HTTP+SSE.",))


@pytest.mark.parametrize(("transport", "key"), [("streamable-http", "httpUrl"), ("sse", "url")])
def test_gemini_cli_has_a_key_for_each_transport(transport: str, key: str) -> None:
    assert entry("gemini-cli", remote(type=transport)) == {key: "https://weather.example.org/mcp"}


def test_any_other_client_gets_placeholders() -> None:
    assert entry("generic", local())["env"] == {"API_TOKEN": "<API_TOKEN>"}


def test_a_bundle_is_downloaded_and_said_to_be() -> None:
    described = local(
        registryType="mcpb", identifier="https://example.org/weather.mcpb", fileSha256="a" * 64
    )

    (told,) = configurations(described)

    assert (told.client, told.text) == ("claude-desktop", "https://example.org/weather.mcpb")
    assert f"sha256: {'a' * 64}" in told.notes


def test_streamable_http_comes_before_what_is_older_or_local() -> None:
    described = document(
        remotes=[
            {"type": "sse", "url": "https://weather.example.org/sse"},
            {"type": "streamable-http", "url": "https://weather.example.org/mcp"},
        ],
        packages=[package()],
    )

    assert [each.way for each in configurations(described, client="cursor")] == [
        "Streamable HTTP at https://weather.example.org/mcp",
        "HTTP+SSE at https://weather.example.org/sse",
        "npm package @example/weather",
    ]


def test_what_is_optional_is_left_out_and_told() -> None:
    described = local(environmentVariables=[{"name": "UNIT", "description": "Celsius?"}])

    told = only("cursor", described)

    assert "env" not in entry("cursor", described)
    assert told.notes == ("Optional environment variable UNIT: Celsius?",)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("org.example/weather", "weather"),
        ("org.example/My_Weather.v2", "My-Weather-v2"),
        ("org.example/3d-print", "mcp-3d-print"),
    ],
)
def test_the_key_of_a_server_is_one_that_every_client_takes(name: str, key: str) -> None:
    assert server_key(name) == key
