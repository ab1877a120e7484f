"""What import-linter cannot see: relations between models are strings."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models

# An app may point at models of the apps listed with it; imports go down only.
MAY_POINT_AT = {
    "accounts": {"accounts", "auth", "contenttypes"},
    "servers": {"servers", "accounts"},
    "search": {"search", "servers", "accounts"},
    "healthchecks": {"healthchecks", "servers", "accounts"},
}


def relations() -> Iterator[tuple[str, str, str]]:
    """Every relation of our models: where it stands, its app, and the app it points at."""
    for app in MAY_POINT_AT:
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            for field in model._meta.get_fields():
                if isinstance(field, models.ForeignKey | models.ManyToManyField):
                    target = field.remote_field.model._meta.app_label
                    yield f"{model._meta.label}.{field.name}", app, target


@pytest.mark.parametrize(("field", "app", "target"), sorted(relations()))
def test_a_relation_points_down_only(field: str, app: str, target: str) -> None:
    assert target in MAY_POINT_AT[app], f"{field} points at {target}, above or beside {app}"
