"""The search index in the admin: to look at."""

import pytest
from django.test import Client
from django.urls import reverse

from search.models import IndexState, SearchEntry, ServerIndexing
from search.services import refresh_index
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import ToolFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [IndexState, SearchEntry, ServerIndexing])
def test_rows_can_be_seen_and_not_changed(admin_client: Client, model: type[SearchEntry]) -> None:
    ToolFactory(name="get_forecast")
    refresh_index(now=NOW)
    row = model.objects.first()
    page = f"admin:search_{model._meta.model_name}"

    assert admin_client.get(reverse(f"{page}_changelist")).status_code == 200
    assert b"Save" not in admin_client.get(reverse(f"{page}_change", args=[row.pk])).content
    assert admin_client.get(reverse(f"{page}_add")).status_code == 403
    assert admin_client.post(reverse(f"{page}_delete", args=[row.pk])).status_code == 403


def test_the_list_of_entries_names_servers_and_tools(admin_client: Client) -> None:
    ToolFactory(name="get_forecast")
    refresh_index(now=NOW)

    page = admin_client.get(reverse("admin:search_searchentry_changelist")).content.decode()

    assert "get_forecast" in page
    assert "(the server itself)" in page
