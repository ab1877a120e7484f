"""Aliases: other words for a server, unique in the registry, found by whoever sees the server."""

from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.access import Role
from accounts.models import Team, User
from accounts.services import ANONYMOUS, Principal
from search.services import search
from servers import services
from servers.access import Visibility
from servers.models import Alias, Server
from tests.fixtures.factories import ServerFactory, document, member_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
KUBE = "/api/servers/org.example/kubernetes"


@pytest.fixture
def editor() -> User:
    return member_of(Team.objects.default(), Role.MAINTAINER)


@pytest.fixture
def client(editor: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(editor)
    return client


@pytest.fixture
def server() -> Server:
    return ServerFactory.create(name="org.example/kubernetes")


def name_it(server: Server, *words: str) -> None:
    services.update_server(server=server, changes={"aliases": words}, now=NOW)


def found(query: str, principal: Principal = ANONYMOUS) -> list[str]:
    """What is called ``query``, and not merely similar to it."""
    answer = search(principal=principal, query=query)
    return [result.name for result in answer.results if result.match == "name"]


def test_the_list_is_set_as_a_whole_in_one_spelling(client: APIClient, server: Server) -> None:
    client.patch(KUBE, {"aliases": ["K8s", "kube", "k8s"]})
    assert client.get(KUBE).json()["aliases"] == ["k8s", "kube"]

    answer = client.patch(KUBE, {"aliases": ["kubectl", "kube"]})
    assert answer.json()["aliases"] == ["kube", "kubectl"]
    assert client.get("/api/servers").json()["results"][0]["aliases"] == ["kube", "kubectl"]


def test_a_change_counts_and_the_same_again_does_not(server: Server) -> None:
    name_it(server, "k8s")
    assert server.edition == 2
    name_it(server, "K8S")
    assert server.edition == 2


def test_a_server_is_registered_with_them(client: APIClient) -> None:
    body = document(name="org.example/kubernetes", aliases=["k8s"])
    client.force_authenticate(member_of(Team.objects.default(), Role.CONTRIBUTOR))

    assert client.post("/api/servers", body).status_code == 201
    assert Alias.objects.get().word == "k8s"


@pytest.mark.parametrize(
    "word", ["", "-k8s", ".k8s", "k 8s", "k8s!", "κ8s", "k/8s", "x" * 51, None, ["k8s"]]
)
def test_what_is_no_word_is_refused(client: APIClient, server: Server, word: Any) -> None:
    answer = client.patch(KUBE, {"aliases": ["fine", word]})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith("aliases[1]")
    assert not Alias.objects.exists()


def test_too_many_are_refused(client: APIClient, server: Server) -> None:
    assert client.patch(KUBE, {"aliases": [f"a{n}" for n in range(21)]}).status_code == 400


def test_a_word_that_is_taken_is_said_to_be_and_not_by_whom(
    client: APIClient, server: Server
) -> None:
    hidden = ServerFactory.create(name="org.example/canary", visibility=Visibility.PRIVATE)
    name_it(hidden, "k8s")

    answer = client.patch(KUBE, {"aliases": ["fine", "k8s"], "contact": "ada"})

    assert (answer.status_code, answer.json()["detail"]) == (409, "The alias 'k8s' is taken.")
    assert "canary" not in answer.content.decode()
    server.refresh_from_db()
    assert (server.contact, server.edition, server.aliases.count()) == ("", 1, 0)


def test_a_server_is_found_by_another_word_for_it(server: Server) -> None:
    name_it(server, "k8s", "container-fleet")

    for query in ("k8s", "K8S", " k8s ", "container-fleet", "Container fleet"):
        assert found(query) == ["org.example/kubernetes"]
    assert found("k8") == []


def test_by_the_word_for_a_hidden_server_nothing_is_found(server: Server) -> None:
    name_it(server, "k8s")
    Server.objects.update(visibility=Visibility.PRIVATE)

    assert found("k8s") == []


def test_a_deleted_server_is_found_no_more_and_keeps_its_words(server: Server) -> None:
    name_it(server, "k8s")
    services.delete_server(server=server, now=NOW)
    other = ServerFactory.create()

    assert found("k8s") == []
    with pytest.raises(services.AliasTaken):
        name_it(other, "k8s")
    services.restore_server(server=server, now=NOW)
    assert found("k8s") == ["org.example/kubernetes"]
