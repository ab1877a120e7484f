"""What the services of accounts hold to when two act at once, or nothing is left to do."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts import services
from accounts.access import Role
from accounts.models import AuditEvent, Membership, Session, Team, User
from tests.fixtures.factories import UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def ada() -> User:
    return UserFactory.create(username="ada", is_superuser=True)


def revoke_a_token(ada: User) -> Callable[[], None]:
    token, _ = services.create_token(user=ada, name="a", now=NOW)
    return lambda: services.revoke_token(token=token, now=NOW)


def end_a_session(ada: User) -> Callable[[], None]:
    Client().force_login(ada)
    session = Session.objects.get()
    return lambda: services.end_session(session=session, now=NOW)


def remove_a_member(ada: User) -> Callable[[], None]:
    membership = Membership.objects.get(user=ada)
    return lambda: services.remove_member(
        membership=Membership(pk=membership.pk, team=membership.team, user=ada), now=NOW
    )


@pytest.mark.parametrize("prepared", [revoke_a_token, end_a_session, remove_a_member])
def test_what_two_end_at_once_is_noted_once(
    ada: User, prepared: Callable[[User], Callable[[], None]]
) -> None:
    end = prepared(ada)
    before = AuditEvent.objects.count()

    end()
    end()

    assert AuditEvent.objects.count() == before + 1


def test_a_visitors_session_is_ended_as_nobodys() -> None:
    session = Session.objects.create(session_key="a", session_data="", expire_date=NOW)

    services.end_session(session=session, now=NOW)

    assert AuditEvent.objects.get().subject == ""


def test_changes_are_noted_with_what_was_before(ada: User) -> None:
    changes = services.UserChanges(email="ada@example.org", first_name="")

    services.change_user(user=ada, changes=changes, now=NOW)

    event = AuditEvent.objects.get()
    assert (event.before, event.after) == ({"email": ""}, {"email": "ada@example.org"})


def test_what_is_so_already_is_not_noted(ada: User) -> None:
    services.change_user(user=ada, changes={"email": "", "is_active": True}, now=NOW)

    assert not AuditEvent.objects.exists()


def test_the_last_administrator_stays_one(ada: User) -> None:
    with pytest.raises(services.LastAdministrator):
        services.change_user(user=ada, changes={"is_superuser": False}, now=NOW)
    UserFactory.create(is_superuser=True)
    services.change_user(user=ada, changes={"is_superuser": False}, now=NOW)

    ada.refresh_from_db()
    assert not ada.is_superuser


def test_a_weak_password_changes_nothing(ada: User) -> None:
    with pytest.raises(ValidationError):
        services.set_password(user=ada, password="too-short-1", now=NOW)

    ada.refresh_from_db()
    assert ada.check_password("correct horse battery staple")


def test_another_role_that_people_give_is_no_longer_taken_back_by_single_sign_on(ada: User) -> None:
    team = Team.objects.create(slug="data", name="Data")
    given = services.set_member(team=team, user=ada, role=Role.ADMIN, now=NOW, from_sso=True)
    assert given.from_sso

    services.set_member(team=team, user=ada, role=Role.ADMIN, now=NOW)
    assert Membership.objects.get(pk=given.pk).from_sso
    services.set_member(team=team, user=ada, role=Role.VIEWER, now=NOW)

    assert not Membership.objects.get(pk=given.pk).from_sso


def test_what_fails_half_way_leaves_no_trace(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("accounts.services.people.audit.record", refuse)

    with pytest.raises(RuntimeError):
        services.sign_out(user=ada, now=NOW)

    ada.refresh_from_db()
    assert ada.credentials_valid_from is None
