"""The search page: what people see of an answer, and of a query that has none."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.fixtures.factories import ServerFactory

pytestmark = pytest.mark.django_db


def test_a_server_is_found_by_its_name_and_linked(client: Client) -> None:
    server = ServerFactory(name="org.example/weather", title="Weather")

    page = client.get(reverse("search"), {"q": "weather"}).content.decode()

    assert reverse("server", args=[server.name]) in page


def test_the_query_stays_in_the_form_and_is_inert(client: Client) -> None:
    page = client.get(reverse("search"), {"q": '"><script>alert(1)</script>'}).content.decode()

    assert "<script>alert(1)</script>" not in page
    assert "&quot;&gt;&lt;script&gt;" in page


@pytest.mark.parametrize("query", ["", "   ", "x" * 3000])
def test_a_query_that_cannot_be_answered_says_why(client: Client, query: str) -> None:
    response = client.get(reverse("search"), {"q": query})

    assert response.status_code == 400
    assert response.context["error"] in response.content.decode()
