"""What is answered where no view is reached."""

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client, RequestFactory

from registry_site import errors
from servers.models import Server

pytestmark = pytest.mark.django_db

PROBLEM = "application/problem+json"


def test_an_unknown_api_address_answers_problem_details(client: Client) -> None:
    response = client.get("/api/nothing")

    assert response.status_code == 404
    assert response.headers["Content-Type"] == PROBLEM
    assert response.json()["status"] == 404


def test_an_unknown_page_answers_a_page(client: Client) -> None:
    response = client.get("/nothing")

    assert response.status_code == 404
    assert "Nothing here" in response.content.decode()


def test_a_host_that_is_not_ours_is_refused_in_the_same_shape(client: Client) -> None:
    response = client.get("/api/servers", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert response.headers["Content-Type"] == PROBLEM


@pytest.mark.parametrize(("path", "kind"), [("/api/servers", PROBLEM), ("/", "text/html")])
def test_our_own_faults_tell_nothing_of_the_inside(
    monkeypatch: pytest.MonkeyPatch, path: str, kind: str
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(Server.objects.__class__, "visible_to", broken)
    client = Client(raise_request_exception=False)

    response = client.get(path)

    assert response.status_code == 500
    assert response.headers["Content-Type"].startswith(kind)
    assert "secret inside" not in response.content.decode()


def test_the_shapes_hold_without_any_middleware(rf: RequestFactory) -> None:
    request: WSGIRequest = rf.get("/api/servers")

    assert errors.server_error(request).headers["Content-Type"] == PROBLEM
