"""The search of every admin list bears whatever is typed into it."""

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from tests.fixtures.factories import UserFactory

pytestmark = pytest.mark.django_db

OURS = ("accounts", "servers", "search", "healthchecks")
SEARCHABLE = [
    model
    for model, page in admin.site._registry.items()
    if page.search_fields and model._meta.app_label in OURS
]


@pytest.mark.parametrize("model", SEARCHABLE, ids=lambda model: model._meta.model_name)
def test_an_endless_search_is_answered(client: Client, model: type[Model]) -> None:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")

    assert client.get(url, {"q": "w " * 1500}).status_code == 200
