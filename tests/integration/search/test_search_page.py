"""The search page: what people see of an answer, and of a query that has none."""

from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.services import ANONYMOUS
from search.matches import Kind
from search.models import ResultUse, Surface
from search.services import feedback, search
from tests.fixtures.factories import CREATED_AT, ServerFactory, ToolFactory

pytestmark = pytest.mark.django_db


def test_a_server_is_found_by_its_name_and_linked(client: Client) -> None:
    server = ServerFactory(name="org.example/weather", title="Weather")

    page = client.get(reverse("search"), {"q": "weather"}).content.decode()

    link = f"{reverse('search-chosen')}?search_id="
    assert link in page
    assert f"&amp;server={quote(server.name, safe='')}" in page


def test_what_is_chosen_is_noted_and_shown(client: Client, settings: Settings) -> None:
    settings.SEARCH_LOG = "accounts"
    tool = ToolFactory(name="days/similar", server=ServerFactory(name="org.example/weather"))
    searched = note_a_search()

    response = client.get(
        reverse("search-chosen"),
        {"search_id": searched, "server": tool.server.name, "tool": tool.name},
    )

    feedback.flush()
    assert response.headers["Location"] == "/servers/org.example/weather#tool-days/similar"
    assert ResultUse.objects.get().search_id == searched


def note_a_search() -> UUID:
    answer = search(principal=ANONYMOUS, query="weather")
    return feedback.note_search(
        principal=ANONYMOUS,
        surface=Surface.PAGE,
        answer=answer,
        kinds=tuple(Kind),
        filtered=False,
        duration_ms=1.0,
        now=CREATED_AT,
    )


@pytest.mark.parametrize(
    "asked", [{}, {"search_id": "x", "server": "a.b/c"}, {"search_id": str(uuid4())}]
)
def test_what_cannot_be_chosen_is_not_found(client: Client, asked: dict[str, str]) -> None:
    assert client.get(reverse("search-chosen"), asked).status_code == 404


def test_a_hidden_server_cannot_be_chosen(client: Client) -> None:
    hidden = ServerFactory(enabled=False)

    asked = {"search_id": str(uuid4()), "server": hidden.name}
    assert client.get(reverse("search-chosen"), asked).status_code == 404


def test_the_query_stays_in_the_form_and_is_inert(client: Client) -> None:
    page = client.get(reverse("search"), {"q": '"><script>alert(1)</script>'}).content.decode()

    assert "<script>alert(1)</script>" not in page
    assert "&quot;&gt;&lt;script&gt;" in page


@pytest.mark.parametrize("query", ["", "   ", "x" * 3000])
def test_a_query_that_cannot_be_answered_says_why(client: Client, query: str) -> None:
    response = client.get(reverse("search"), {"q": query})

    assert response.status_code == 400
    assert response.context["error"] in response.content.decode()
