"""accounts.api.serializers: the shape of what comes in and goes out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.api.serializers import (
    LONGEST_LIFETIME_DAYS,
    ApiTokenSerializer,
    CreatedTokenSerializer,
    TokenRequestSerializer,
)
from accounts.models import ApiToken

pytestmark = pytest.mark.auth

TOKEN = ApiToken(
    digest="d" * 64,
    token_key="rollcall_abcdef",
    name="deploy",
    created=datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("days", "lifetime"),
    [
        ({}, None),
        ({"lifetime_days": None}, None),
        ({"lifetime_days": LONGEST_LIFETIME_DAYS}, timedelta(days=LONGEST_LIFETIME_DAYS)),
    ],
)
def test_days_become_a_lifetime(days: dict[str, Any], lifetime: timedelta | None) -> None:
    request = TokenRequestSerializer(data={"name": "deploy"} | days)

    assert request.is_valid()
    assert request.lifetime() == lifetime


@pytest.mark.parametrize("days", [0, -1, LONGEST_LIFETIME_DAYS + 1, 1.5, "soon", True, [], {}])
def test_what_is_no_number_of_days_is_refused(days: Any) -> None:
    request = TokenRequestSerializer(data={"name": "deploy", "lifetime_days": days})

    assert not request.is_valid()
    assert list(request.errors) == ["lifetime_days"]


def test_a_token_is_shown_without_its_digest() -> None:
    shown = ApiTokenSerializer(TOKEN).data

    assert shown["starts_with"] == "rollcall_abcdef"
    assert shown["expires_at"] is None
    assert TOKEN.digest not in shown.values()
    assert "token" not in shown


def test_only_the_answer_that_made_a_token_holds_it() -> None:
    shown = CreatedTokenSerializer(TOKEN, context={"clear": "rollcall_abcdef0123"}).data

    assert shown["token"] == "rollcall_abcdef0123"
