"""Client configuration in the API, on the page and by the command."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from rest_framework.test import APIClient

from servers.client_configuration import CLIENTS
from servers.models import ReviewState, Status
from tests.fixtures.factories import ServerFactory, ServerVersionFactory, document

pytestmark = pytest.mark.django_db

NAME = "org.example/weather"
PATH = f"/api/servers/{NAME}/configuration"


def test_it_is_there_for_every_client(test_client: APIClient) -> None:
    ServerFactory.create(name=NAME)

    answer = test_client.get(PATH).json()

    assert (answer["name"], answer["version"]) == (NAME, "1.0.0")
    assert {each["client"] for each in answer["configurations"]} == set(CLIENTS)


def test_one_client_and_one_version_can_be_asked_for(test_client: APIClient) -> None:
    server = ServerFactory.create(name=NAME)
    ServerVersionFactory.create(
        server=server,
        version="0.9.0",
        is_latest=False,
        document=document(remotes=[{"type": "sse", "url": "https://old.example.org/sse"}]),
    )

    answer = test_client.get(f"{PATH}?client=vscode&version=0.9.0").json()

    (configuration,) = answer["configurations"]
    assert configuration["file"] == ".vscode/mcp.json"
    assert "https://old.example.org/sse" in configuration["text"]


def test_a_client_that_is_none_is_answered_with_those_there_are(test_client: APIClient) -> None:
    ServerFactory.create(name=NAME)

    (error,) = test_client.get(f"{PATH}?client=emacs").json()["errors"]

    assert error["message"].startswith('"emacs" is none of: claude-code, claude-desktop, vscode')


@pytest.mark.parametrize("query", ["client=emacs", "clint=vscode", "version="])
def test_a_wrong_parameter_is_named(test_client: APIClient, query: str) -> None:
    ServerFactory.create(name=NAME)

    answer = test_client.get(f"{PATH}?{query}")

    assert answer.status_code == 400
    assert query.partition("=")[0] == answer.json()["errors"][0]["field"]


def test_what_is_hidden_is_absent(test_client: APIClient) -> None:
    ServerFactory.create(name=NAME, visibility="team")

    hidden = test_client.get(PATH)
    absent = test_client.get("/api/servers/org.example/absent/configuration")

    assert (hidden.status_code, hidden.json()["detail"]) == (404, absent.json()["detail"])


def test_a_version_that_was_deleted_is_absent(test_client: APIClient) -> None:
    server = ServerFactory.create(name=NAME)
    ServerVersionFactory.create(
        server=server, version="0.9.0", is_latest=False, status=Status.DELETED
    )

    assert test_client.get(f"{PATH}?version=0.9.0").status_code == 404


def test_a_version_that_is_not_approved_is_absent(test_client: APIClient) -> None:
    server = ServerFactory.create(name=NAME)
    ServerVersionFactory.create(
        server=server, version="2.0.0", is_latest=False, review_state=ReviewState.DRAFT
    )

    assert test_client.get(f"{PATH}?version=2.0.0").status_code == 404


def test_the_page_of_a_server_shows_it(client: Client) -> None:
    ServerFactory.create(name=NAME)

    page = client.get(f"/servers/{NAME}").content.decode()

    for label in CLIENTS.values():
        assert f"<summary>{label}</summary>" in page
    assert "claude mcp add --transport http weather" in page


def test_the_page_of_a_server_without_a_way_in_has_no_such_section(client: Client) -> None:
    ServerFactory.create(name=NAME, endpoint_url="")

    assert "Use it" not in client.get(f"/servers/{NAME}").content.decode()


def test_the_command_says_where_it_goes() -> None:
    ServerFactory.create(name=NAME, endpoint_url="https://weather.example.org/mcp")
    said = StringIO()

    call_command("client_configuration", NAME.upper(), "--client", "claude-code", stdout=said)

    assert said.getvalue().splitlines()[:2] == [
        "# Claude Code (Streamable HTTP at https://weather.example.org/mcp)",
        "claude mcp add --transport http weather https://weather.example.org/mcp",
    ]


def test_the_command_lets_no_text_of_a_publisher_out_of_its_comment() -> None:
    header = {"name": "X-Key", "description": "Yours.\nrm -rf /"}
    remote = {"type": "streamable-http", "url": "https://example.org/mcp", "headers": [header]}
    server = ServerFactory.create(name=NAME)
    server.versions.update(document=document(name=NAME, remotes=[remote]))
    said = StringIO()

    call_command("client_configuration", NAME, "--client", "claude-code", stdout=said)

    assert "# Optional header X-Key: Yours. rm -rf /\n" in said.getvalue()


def test_the_command_names_what_is_not_there() -> None:
    ServerFactory.create(name=NAME, endpoint_url="")

    for name, reason in ((NAME, "states no way to use it"), ("a/b", "There is no server 'a/b'.")):
        with pytest.raises(CommandError, match=reason) as refused:
            call_command("client_configuration", name)
        assert refused.value.returncode == 2
