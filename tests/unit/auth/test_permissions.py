"""accounts.api.permissions and servers.api.permissions: who may call what, before a row is read."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from pytest_django import Settings
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts.access import Action
from accounts.api.permissions import (
    AdministratorsOnly,
    AdministratorsOrReading,
    DenyAll,
    ReadAllowed,
    UnlimitedOnly,
)
from accounts.models import ApiToken, User
from accounts.services import principal_of
from servers.api.permissions import ServerPermission

READS = ["GET", "HEAD", "OPTIONS"]
CHANGES = ["POST", "PUT", "PATCH", "DELETE"]

SOMEBODY = User(username="ada")
ROOT = User(username="root", is_superuser=True)
CLOSED = User(username="gone", is_superuser=True, is_active=False)
LIMITED = ApiToken(name="t", scopes=["view"])


def request_of(method: str, user: Any, token: ApiToken | None = None) -> Request:
    request = Request(APIRequestFactory().generic(method, "/"))
    request.user, request.auth = user, token
    return request


def allows(permission: Any, method: str, user: Any, token: ApiToken | None = None) -> bool:
    return bool(permission().has_permission(request_of(method, user, token), APIView()))


@pytest.mark.parametrize("method", READS + CHANGES)
def test_a_view_without_a_permission_answers_nobody(method: str) -> None:
    assert not allows(DenyAll, method, ROOT)


@pytest.mark.parametrize("method", READS)
@pytest.mark.parametrize("anonymous_read", [True, False])
def test_reading_is_for_the_signed_in_and_where_it_is_on_for_everybody(
    method: str, anonymous_read: bool, settings: Settings
) -> None:
    settings.ANONYMOUS_READ = anonymous_read

    assert allows(ReadAllowed, method, SOMEBODY)
    assert allows(ReadAllowed, method, AnonymousUser()) is anonymous_read


@pytest.mark.parametrize("method", CHANGES)
def test_read_allowed_allows_no_change(method: str) -> None:
    assert not allows(ReadAllowed, method, ROOT)


@pytest.mark.parametrize("method", READS + CHANGES)
def test_administration_is_for_administrators_without_scopes(method: str) -> None:
    assert allows(AdministratorsOnly, method, ROOT)
    for user in (SOMEBODY, CLOSED, AnonymousUser()):
        assert not allows(AdministratorsOnly, method, user)
    assert not allows(AdministratorsOnly, method, ROOT, LIMITED)


@pytest.mark.parametrize("method", READS + CHANGES)
def test_what_everybody_signed_in_reads_is_changed_by_administrators(method: str) -> None:
    assert allows(AdministratorsOrReading, method, ROOT)
    assert allows(AdministratorsOrReading, method, SOMEBODY) is (method in READS)
    assert not allows(AdministratorsOrReading, method, AnonymousUser())


def test_a_token_with_scopes_stands_for_a_part_of_its_account() -> None:
    assert allows(UnlimitedOnly, "DELETE", SOMEBODY)
    assert allows(UnlimitedOnly, "DELETE", SOMEBODY, ApiToken(name="t", scopes=None))
    assert not allows(UnlimitedOnly, "DELETE", SOMEBODY, LIMITED)
    assert not allows(UnlimitedOnly, "DELETE", AnonymousUser())


class ServerView(APIView):
    required = {"list": Action.VIEW, "destroy": Action.ADMINISTER}

    def __init__(self, action: str | None, request: Request) -> None:
        super().__init__()
        self.action, self.principal = action, principal_of(request)


@pytest.mark.parametrize(
    ("action", "method", "somebody", "anybody"),
    [
        ("list", "GET", True, True),
        ("destroy", "DELETE", True, False),
        ("forgotten", "GET", False, False),
        (None, "PUT", True, False),
        ("metadata", "OPTIONS", True, False),
    ],
)
def test_an_action_of_a_server_view_is_open_as_it_is_declared(
    action: str | None, method: str, somebody: bool, anybody: bool
) -> None:
    for user, expected in ((SOMEBODY, somebody), (AnonymousUser(), anybody)):
        request = request_of(method, user)
        view = ServerView(action, request)
        assert ServerPermission().has_permission(request, view) is expected
