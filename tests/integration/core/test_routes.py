"""Every address under /api says who may call it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.permissions import AllowAny, BasePermission

from accounts.api.permissions import DenyAll


def api_views(
    patterns: list[URLPattern | URLResolver] | None = None, prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    """Every address under /api with the class behind it."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from api_views(pattern.url_patterns, address)
        elif address.startswith("api"):
            yield address, pattern.callback


def permissions_of(callback: Any) -> list[type[BasePermission]]:
    """What the view declares, or an action of it in its place."""
    actions = getattr(callback, "actions", None) or {}
    view = getattr(callback, "cls", None)
    own = getattr(callback, "initkwargs", {}).get("permission_classes")
    if own is None and view is not None:
        own = view.permission_classes
    for name in actions.values():
        own = getattr(getattr(view, name), "kwargs", {}).get("permission_classes", own)
    return list(own or [])


def test_every_view_declares_who_may_call_it() -> None:
    undeclared = [
        address
        for address, callback in api_views()
        if not permissions_of(callback) or DenyAll in permissions_of(callback)
    ]
    assert undeclared == []


def test_no_view_is_open_whatever_the_setting_says() -> None:
    assert [address for address, view in api_views() if AllowAny in permissions_of(view)] == []


@pytest.mark.parametrize("name", ["me", "tokens", "schema"])
def test_the_addresses_are_found_at_all(name: str) -> None:
    assert any(name in address for address, _ in api_views())
