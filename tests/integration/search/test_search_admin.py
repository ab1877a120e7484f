"""The search index in the admin: to look at."""

import pytest
from django.test import Client
from django.urls import reverse

from search.models import IndexState, SearchEntry, ServerIndexing
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import ServerFactory, ToolFactory
from tests.fixtures.indexing import index_catalogue

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [IndexState, SearchEntry, ServerIndexing])
def test_rows_can_be_seen_and_not_changed(admin_client: Client, model: type[SearchEntry]) -> None:
    ToolFactory(name="get_forecast")
    index_catalogue(now=NOW)
    row = model.objects.first()
    page = f"admin:search_{model._meta.model_name}"

    assert admin_client.get(reverse(f"{page}_changelist")).status_code == 200
    assert b'name="_save"' not in admin_client.get(reverse(f"{page}_change", args=[row.pk])).content
    assert admin_client.get(reverse(f"{page}_add")).status_code == 403
    assert admin_client.post(reverse(f"{page}_delete", args=[row.pk])).status_code == 403


def test_the_list_of_entries_names_servers_and_tools(admin_client: Client) -> None:
    ToolFactory(name="get_forecast")
    index_catalogue(now=NOW)

    page = admin_client.get(reverse("admin:search_searchentry_changelist")).content.decode()

    assert "get_forecast" in page
    assert "(the server itself)" in page


@pytest.mark.parametrize("query", ["", "zebra", "x" * 3_000])
def test_search_can_be_asked_with_what_scores_are_made_of(admin_client: Client, query: str) -> None:
    ServerFactory(name="org.example/zoo", description="A zebra crossing.")
    index_catalogue(now=NOW)

    page = admin_client.get(reverse("admin:search_searchentry_ask"), {"q": query})

    assert page.status_code == 200
    assert ("org.example/zoo" in page.content.decode()) == (query == "zebra")
    assert ("are the most" in page.content.decode()) == (len(query) > 2_000)
