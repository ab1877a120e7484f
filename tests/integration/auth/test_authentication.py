"""How a call proves who makes it, seen through GET /api/me."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import ApiToken
from accounts.services import create_token
from tests.fixtures.factories import UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def status_with(header: str) -> int:
    return APIClient().get("/api/me", headers={"Authorization": header}).status_code


def test_a_token_proves_its_owner_and_says_what_it_is_limited_to() -> None:
    user = UserFactory.create(username="ada")
    _, clear = create_token(user=user, name="test", scopes=["view"], now=timezone.now())

    answer = APIClient().get("/api/me", headers={"Authorization": f"bearer {clear}"})

    assert answer.json() == {
        "username": "ada",
        "is_administrator": False,
        "teams": [{"slug": "default", "name": "Everybody", "role": "viewer"}],
        "scopes": ["view"],
    }


def test_a_session_is_not_limited(test_client: APIClient) -> None:
    test_client.force_login(UserFactory.create(is_superuser=True))

    me = test_client.get("/api/me").json()

    assert (me["is_administrator"], me["scopes"]) == (True, None)


@time_machine.travel(NOW, tick=False)
def test_a_token_opens_until_it_expires() -> None:
    _, clear = create_token(
        user=UserFactory.create(), name="test", now=NOW, lifetime=timedelta(days=1)
    )

    with time_machine.travel(NOW + timedelta(days=1, seconds=-1), tick=False):
        assert status_with(f"Bearer {clear}") == 200
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert status_with(f"Bearer {clear}") == 401


def revoke(token: ApiToken) -> None:
    token.delete()


def deactivate(token: ApiToken) -> None:
    token.user.is_active = False
    token.user.save()


@pytest.mark.parametrize("end", [revoke, deactivate])
def test_a_token_opens_nothing_once_it_or_its_owner_is_gone(
    end: Callable[[ApiToken], None],
) -> None:
    token, clear = create_token(user=UserFactory.create(), name="test", now=timezone.now())
    assert status_with(f"Bearer {clear}") == 200

    end(token)

    assert status_with(f"Bearer {clear}") == 401


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer unknown",
        "Bearer rollcall_" + "0" * 64,
        "Bearer eyJhbGciOiJub25lIn0.e30.",
        "Bearer two words",
        "Bearer \u00ff\u00fe",
        "Basic YWRhOmFkYQ==",
        "",
    ],
)
def test_every_header_that_proves_nothing_is_answered_alike(header: str) -> None:
    answer = APIClient().get("/api/me", headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["title"] == "Unauthorized"


@time_machine.travel(NOW, tick=False)
def test_the_last_use_is_noted_to_the_minute() -> None:
    token, clear = create_token(user=UserFactory.create(), name="test", now=timezone.now())

    for seconds in (0, 59, 61):
        with time_machine.travel(NOW + timedelta(seconds=seconds), tick=False):
            status_with(f"Bearer {clear}")

    token.refresh_from_db()
    assert token.last_used_at == NOW + timedelta(seconds=61)
    assert token.last_used_from == "127.0.0.1"


def test_the_session_of_a_browser_reads_but_changes_only_with_its_csrf_token() -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(UserFactory.create())

    assert browser.get("/api/me").status_code == 200
    refused = browser.post("/api/tokens", {"name": "a"}, content_type="application/json")

    assert refused.status_code == 403
    assert not ApiToken.objects.exists()
