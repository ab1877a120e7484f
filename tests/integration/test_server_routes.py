"""The catalogue in the REST API, as clients meet it."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.access import Role
from accounts.models import Team, User
from servers.models import HealthState, Server
from tests.fixtures.factories import (
    ServerFactory,
    ServerVersionFactory,
    ToolFactory,
    UserFactory,
    administrator,
    document,
    member_of,
)

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

WEATHER = "/api/servers/org.example/weather"


def client_of(user: User | None = None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


@pytest.fixture
def publisher() -> APIClient:
    """Somebody who may do everything with the default team's servers."""
    return client_of(member_of(Team.objects.default(), Role.ADMIN))


@pytest.fixture
def root() -> APIClient:
    return client_of(administrator())


def fields_of(response: Any) -> list[str]:
    """The fields that a problem names."""
    return [error["field"] for error in response.json()["errors"]]


def names_in(response: Any) -> list[str]:
    return [server["name"] for server in response.json()["results"]]


class TestBounds:
    """What would be too much for the database is refused before it gets there."""

    @pytest.mark.parametrize("parameter", ["q", "tag", "category"])
    def test_an_endless_filter_is_refused_by_its_name(
        self, test_client: APIClient, parameter: str
    ) -> None:
        response = test_client.get("/api/servers", {parameter: "a " * 1500})

        assert response.status_code == 400
        assert fields_of(response) == [parameter]

    def test_a_truth_value_that_is_none_is_refused(self, test_client: APIClient) -> None:
        response = test_client.get("/api/servers", {"enabled": "maybe"})

        assert response.status_code == 400
        assert fields_of(response) == ["enabled"]

    def test_administrators_list_what_is_disabled(self, root: APIClient) -> None:
        ServerFactory(name="org.example/on")
        ServerFactory(name="org.example/off", enabled=False)

        response = root.get("/api/servers", {"enabled": "false"})

        assert names_in(response) == ["org.example/off"]

    def test_a_null_of_an_unknown_field_is_refused(self, publisher: APIClient) -> None:
        ServerFactory(name="org.example/weather")

        response = publisher.patch(WEATHER, {"tool_count": None})

        assert response.status_code == 400
        assert fields_of(response) == ["tool_count"]

    @pytest.mark.parametrize(
        "path", ["/api/servers", WEATHER, f"{WEATHER}/check", "/api/search", "/api/docs"]
    )
    def test_options_is_not_offered(self, publisher: APIClient, path: str) -> None:
        ServerFactory(name="org.example/weather")

        assert publisher.options(path).status_code == 405


class TestRegistering:
    @pytest.mark.parametrize("path", ["/api/servers", "/api/servers/"])
    def test_a_document_is_answered_with_its_name(self, publisher: APIClient, path: str) -> None:
        response = publisher.post(path, document())

        assert response.status_code == 201
        assert response.json()["name"] == "org.example/weather"
        assert response.json()["document"] == document()

    def test_what_the_registry_keeps_beside_may_stand_in_the_same_body(
        self, publisher: APIClient
    ) -> None:
        body = document() | {"tags": ["Sky"], "category": "Weather", "monitored": False}

        response = publisher.post("/api/servers", body)

        answered = response.json()
        assert (answered["tags"], answered["category"]) == (["sky"], "Weather")
        assert answered["monitored"] is False
        assert answered["document"] == document()

    def test_a_name_that_is_taken_is_a_conflict(self, publisher: APIClient) -> None:
        publisher.post("/api/servers", document())

        response = publisher.post("/api/servers", document(name="org.example/WEATHER"))

        assert response.status_code == 409
        assert "already registered" in response.json()["detail"]

    def test_every_error_of_a_document_names_its_field(self, publisher: APIClient) -> None:
        remotes = [{"type": "sse", "url": "ftp://example.org"}]

        response = publisher.post(
            "/api/servers", document(version=None, title="", remotes=remotes, titel="x")
        )

        assert response.status_code == 400
        assert sorted(fields_of(response)) == ["remotes[0].url", "titel", "title", "version"]
        assert not Server.objects.exists()

    @pytest.mark.parametrize(
        "beside", [{"tags": "sky"}, {"tags": ["x" * 51]}, {"category": None}, {"monitored": 7}]
    )
    def test_the_registrys_own_fields_are_checked(
        self, publisher: APIClient, beside: dict[str, Any]
    ) -> None:
        response = publisher.post("/api/servers", document() | beside)

        assert response.status_code == 400
        assert fields_of(response)[0].partition("[")[0] in beside

    @pytest.mark.parametrize("body", [b"null", b"[]", b'"text"', b"3", b"{}", b"{", b"", b"\xff"])
    @pytest.mark.parametrize("method", ["post", "put", "patch"])
    def test_a_body_that_is_no_document_is_refused(
        self, publisher: APIClient, method: str, body: bytes
    ) -> None:
        ServerFactory.create(name="org.example/weather")
        path = "/api/servers" if method == "post" else WEATHER

        response = publisher.generic(method, path, body, content_type="application/json")

        no_change = method == "patch" and body in (b"{}", b"")
        assert response.status_code == (200 if no_change else 400)

    def test_credentials_are_needed(self) -> None:
        response = client_of().post("/api/servers", document())

        assert response.status_code == 401
        assert response["WWW-Authenticate"].startswith("Bearer")

    def test_permission_is_needed(self) -> None:
        response = client_of(UserFactory.create()).post("/api/servers", document())

        assert response.status_code == 403
        assert not Server.objects.exists()


class TestReading:
    def test_a_server_is_shown_with_its_latest_document(self) -> None:
        server = ServerFactory.create(name="org.example/weather", tags=["sky"])
        ToolFactory.create(server=server)

        answered = client_of().get(WEATHER).json()

        assert (answered["version"], answered["tags"]) == ("1.0.0", ["sky"])
        assert answered["tool_count"] == 1
        assert answered["health"]["state"] == HealthState.UNKNOWN
        assert answered["document"]["name"] == "org.example/weather"

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", ["a/mail", "b/maps", "c/news"]),
            ("?q=MAI", ["a/mail"]),
            ("?q=street+find", ["b/maps"]),
            ("?tag=World", ["b/maps", "c/news"]),
            ("?tag=world&category=press", ["c/news"]),
            ("?health=healthy", ["a/mail"]),
            ("?transport=sse", ["c/news"]),
            ("?ordering=-name", ["c/news", "b/maps", "a/mail"]),
            ("?ordering=-health_state", ["c/news", "b/maps", "a/mail"]),
        ],
    )
    def test_the_list_is_narrowed_and_ordered(self, query: str, found: list[str]) -> None:
        ServerFactory.create(name="c/news", tags=["world"], category="Press", transport="sse")
        ServerFactory.create(name="b/maps", tags=["world"], description="Find any street.")
        ServerFactory.create(name="a/mail", health_state=HealthState.HEALTHY)

        assert names_in(client_of().get(f"/api/servers{query}")) == found

    @pytest.mark.parametrize("query", ["health=well", "transport=carrier-pigeon", "ordering=luck"])
    def test_an_unknown_choice_is_refused(self, query: str) -> None:
        response = client_of().get(f"/api/servers?{query}")

        assert response.status_code == 400
        assert fields_of(response) == [query.partition("=")[0]]

    def test_the_number_of_queries_does_not_grow_with_the_list(
        self, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(20):
            ToolFactory.create(server=ServerFactory.create(tags=["sky", "sea"]))

        with django_assert_max_num_queries(4):
            response = client_of().get("/api/servers")

        assert len(response.json()["results"]) == 20

    def test_tools_are_those_the_server_offers_now(self) -> None:
        server = ServerFactory.create(name="org.example/weather")
        ToolFactory.create(server=server, name="forecast")
        ToolFactory.create(server=server, name="gone", removed_at=server.created_at)

        tools = client_of().get(f"{WEATHER}/tools").json()["results"]

        assert [tool["name"] for tool in tools] == ["forecast"]
        assert tools[0]["input_schema"]["type"] == "object"

    def test_every_version_is_listed(self) -> None:
        server = ServerFactory.create(name="org.example/weather")
        ServerVersionFactory.create(server=server, version="0.9.0", is_latest=False)

        versions = client_of().get(f"{WEATHER}/versions/").json()["results"]

        assert {version["version"]: version["is_latest"] for version in versions} == {
            "1.0.0": True,
            "0.9.0": False,
        }

    def test_tags_count_what_the_caller_may_see(self) -> None:
        ServerFactory.create(tags=["sky", "sea"])
        ServerFactory.create(tags=["sky", "secret"], enabled=False)

        assert client_of().get("/api/tags").json()["results"] == [
            {"name": "sea", "server_count": 1},
            {"name": "sky", "server_count": 1},
        ]


class TestHiddenServers:
    def test_administrators_see_and_filter_hidden_servers(self, root: APIClient) -> None:
        ServerFactory.create(name="org.example/hidden", enabled=False)
        ServerFactory.create(name="org.example/shown")

        assert names_in(root.get("/api/servers?enabled=false")) == ["org.example/hidden"]
        assert names_in(client_of().get("/api/servers")) == ["org.example/shown"]

    def test_nothing_is_shown_to_strangers_where_anonymous_reading_is_off(
        self, settings: Any
    ) -> None:
        settings.ANONYMOUS_READ = False

        assert client_of().get("/api/servers").status_code == 401
        assert client_of(UserFactory.create()).get("/api/servers").status_code == 200


class TestChanging:
    @pytest.fixture(autouse=True)
    def weather(self, publisher: APIClient) -> None:
        publisher.post("/api/servers", document() | {"tags": ["sky"]})

    def test_a_new_version_is_published(self, publisher: APIClient) -> None:
        response = publisher.put(WEATHER, document(version="2.0.0", title="Weather 2"))

        assert response.status_code == 200
        assert (response.json()["version"], response.json()["title"]) == ("2.0.0", "Weather 2")
        assert response.json()["tags"] == ["sky"]

    def test_the_same_document_again_is_no_change(self, publisher: APIClient) -> None:
        before = publisher.get(WEATHER).json()

        response = publisher.put(WEATHER, document())

        assert (response.status_code, response.json()) == (200, before)

    def test_a_published_version_with_another_document_is_a_conflict(
        self, publisher: APIClient
    ) -> None:
        response = publisher.put(WEATHER, document(title="Rewritten"))

        assert response.status_code == 409
        assert publisher.get(WEATHER).json()["title"] == ""

    @pytest.mark.parametrize("method", ["put", "patch"])
    def test_a_name_unlike_the_address_is_refused(self, publisher: APIClient, method: str) -> None:
        response = getattr(publisher, method)(WEATHER, document(name="org.example/other"))

        assert response.status_code == 400
        assert fields_of(response) == ["name"]

    def test_single_fields_of_the_registry_are_changed(self, publisher: APIClient) -> None:
        response = publisher.patch(WEATHER, {"tags": ["Sea"], "category": "W", "monitored": False})

        answered = response.json()
        assert (answered["tags"], answered["category"]) == (["sea"], "W")
        assert (answered["monitored"], answered["version"]) == (False, "1.0.0")

    def test_single_fields_of_the_document_are_changed_under_a_new_version(
        self, publisher: APIClient
    ) -> None:
        response = publisher.patch(WEATHER, {"version": "1.1.0", "title": "New", "remotes": None})

        expected = document(version="1.1.0", title="New", remotes=None)
        assert response.json()["document"] == expected

    def test_a_changed_document_without_a_new_version_is_a_conflict(
        self, publisher: APIClient
    ) -> None:
        response = publisher.patch(WEATHER, {"title": "New", "category": "W"})

        assert response.status_code == 409
        assert publisher.get(WEATHER).json()["category"] == ""

    def test_an_unknown_field_is_refused(self, publisher: APIClient) -> None:
        response = publisher.patch(WEATHER, {"tgas": []})

        assert response.status_code == 400
        assert fields_of(response) == ["tgas"]

    def test_a_server_is_hidden_and_shown_again(self, publisher: APIClient) -> None:
        viewer = client_of(UserFactory.create())

        assert publisher.post(f"{WEATHER}/disable").json()["enabled"] is False
        assert viewer.get(WEATHER).status_code == 404

        assert publisher.post(f"{WEATHER}/enable/").json()["enabled"] is True
        assert viewer.get(WEATHER).status_code == 200

    def test_a_server_is_deleted(self, publisher: APIClient) -> None:
        assert publisher.delete(WEATHER).status_code == 204
        assert publisher.get(WEATHER).status_code == 404

    @pytest.mark.parametrize(
        ("method", "path", "role"),
        [
            ("put", "", Role.MAINTAINER),
            ("patch", "", Role.MAINTAINER),
            ("post", "/enable", Role.MAINTAINER),
            ("post", "/disable", Role.MAINTAINER),
            ("delete", "", Role.ADMIN),
        ],
    )
    def test_each_change_needs_a_role_that_allows_it(
        self, method: str, path: str, role: Role
    ) -> None:
        ladder = list(Role)
        beneath = member_of(Team.objects.default(), ladder[ladder.index(role) - 1])
        enough = member_of(Team.objects.default(), role)

        assert request(client_of(beneath), method, path).status_code == 403
        assert request(client_of(), method, path).status_code == 401
        assert request(client_of(enough), method, path).status_code in (200, 204)


def request(client: APIClient, method: str, path: str) -> Any:
    body = document() if method in ("put", "patch") else None
    return getattr(client, method)(f"{WEATHER}{path}", body)
