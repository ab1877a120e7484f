"""accounts.api.permissions: who may call what, whatever the view."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from pytest_django.fixtures import Settings
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts.api.permissions import DenyAll, ReadAllowed, ReadOrModelPermission
from servers.models import Server

READS = ["GET", "HEAD", "OPTIONS"]
CHANGES = ["POST", "PUT", "PATCH", "DELETE"]


class PermittedUser:
    """Somebody signed in, with the permissions given and no database."""

    is_authenticated = True

    def __init__(self, *permissions: str) -> None:
        self.permissions = set(permissions)

    def has_perm(self, permission: str) -> bool:
        return permission in self.permissions

    def has_perms(self, permissions: Iterable[str]) -> bool:
        return self.permissions.issuperset(permissions)


class ServerView(APIView):
    queryset = Server.objects.none()


class ActionView(ServerView):
    required_permission = "servers.change_server"


def allows(permission: Any, method: str, user: Any, view: APIView | None = None) -> bool:
    request = Request(APIRequestFactory().generic(method, "/"))
    request.user = user
    return bool(permission().has_permission(request, view or ServerView()))


@pytest.mark.parametrize("method", READS + CHANGES)
def test_a_view_without_a_permission_answers_nobody(method: str) -> None:
    assert not allows(DenyAll, method, PermittedUser("servers.add_server"))


@pytest.mark.parametrize("permission", [ReadAllowed, ReadOrModelPermission])
@pytest.mark.parametrize("method", READS)
@pytest.mark.parametrize("anonymous_read", [True, False])
def test_reading_is_for_the_signed_in_and_where_it_is_on_for_everybody(
    permission: Any, method: str, anonymous_read: bool, settings: Settings
) -> None:
    settings.ANONYMOUS_READ = anonymous_read

    assert allows(permission, method, PermittedUser())
    assert allows(permission, method, AnonymousUser()) is anonymous_read


@pytest.mark.parametrize("method", CHANGES)
def test_read_allowed_allows_no_change(method: str) -> None:
    assert not allows(ReadAllowed, method, PermittedUser("servers.add_server"))


@pytest.mark.parametrize(
    ("method", "needed"),
    [("POST", "add"), ("PUT", "change"), ("PATCH", "change"), ("DELETE", "delete")],
)
def test_a_change_needs_exactly_the_permission_of_its_method(method: str, needed: str) -> None:
    every = {f"servers.{verb}_server" for verb in ("add", "change", "delete", "view")}
    needed = f"servers.{needed}_server"

    assert allows(ReadOrModelPermission, method, PermittedUser(needed))
    assert not allows(ReadOrModelPermission, method, PermittedUser(*every - {needed}))
    assert not allows(ReadOrModelPermission, method, AnonymousUser())


def test_an_action_needs_the_permission_it_declares_and_no_other() -> None:
    change, add = PermittedUser("servers.change_server"), PermittedUser("servers.add_server")

    assert allows(ReadOrModelPermission, "POST", change, ActionView())
    assert not allows(ReadOrModelPermission, "POST", add, ActionView())
    assert not allows(ReadOrModelPermission, "POST", AnonymousUser(), ActionView())
