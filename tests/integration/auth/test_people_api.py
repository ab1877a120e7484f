"""/api/users for administrators, and DELETE /api/me/sessions for everybody."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import ApiToken, AuditEvent, Membership, Session, User
from accounts.services import (
    LastAdministrator,
    UserExists,
    create_token,
    create_user,
    deactivate,
    delete_user,
)
from tests.fixtures.factories import CREATED_AT, UserFactory

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"
ADDRESS = "/api/users/ada/"


@pytest.fixture
def root() -> User:
    return UserFactory.create(username="root", is_superuser=True)


@pytest.fixture
def administrator(root: User) -> APIClient:
    client = APIClient()
    client.force_login(root)
    return client


@pytest.fixture
def ada() -> User:
    return UserFactory.create(username="ada")


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def test_an_account_is_made_and_signs_in(administrator: APIClient) -> None:
    answer = administrator.post(
        "/api/users", {"username": "ada", "password": PASSWORD, "email": "ada@example.org"}
    )

    assert answer.status_code == 201
    assert answer.json()["has_password"] is True
    assert PASSWORD not in answer.text
    ada = User.objects.get(username="ada")
    assert ada.check_password(PASSWORD)
    assert Membership.objects.get(user=ada).role == "viewer"
    event = AuditEvent.objects.get()
    assert (event.action, event.subject, event.actor) == ("user.create", "ada", "root")
    assert PASSWORD not in str(event.after)


def test_an_account_without_a_password_has_none(administrator: APIClient) -> None:
    answer = administrator.post("/api/users", {"username": "bot", "is_administrator": True})

    assert (answer.json()["has_password"], answer.json()["is_administrator"]) == (False, True)
    assert not User.objects.get(username="bot").has_usable_password()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "username"),
        ({"username": "a b"}, "username"),
        ({"username": "bob", "password": "short"}, "password"),
        ({"username": "bob", "password": "password1234"}, "password"),
        ({"username": "charlemagne-of-aachen", "password": "charlemagne-of-aachen"}, "password"),
        ({"username": "bob", "email": "nowhere"}, "email"),
        ({"username": "bob", "is_superuser": True}, "is_superuser"),
    ],
)
def test_a_wrong_account_is_refused_by_field(
    administrator: APIClient, body: dict[str, Any], field: str
) -> None:
    answer = administrator.post("/api/users", body)

    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} == {field}
    assert User.objects.count() == 1


def test_a_username_is_taken_in_whatever_case(administrator: APIClient, ada: User) -> None:
    assert administrator.post("/api/users", {"username": "ADA"}).status_code == 409


def test_of_two_at_once_one_is_told_that_it_exists(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(User.objects, "filter", lambda **_: User.objects.none())

    with pytest.raises(UserExists):
        create_user(username="ada", now=CREATED_AT)


def test_accounts_are_listed_and_narrowed(administrator: APIClient, ada: User) -> None:
    UserFactory.create(username="gone", is_active=False)

    def names(**filters: str) -> list[str]:
        rows = administrator.get("/api/users", filters).json()["results"]
        return [row["username"] for row in rows]

    assert names() == ["ada", "gone", "root"]
    assert names(q="AD") == ["ada"]
    assert names(is_active="false") == ["gone"]
    assert names(is_administrator="true") == ["root"]
    assert names(team="default", is_active="true") == ["ada", "root"]
    assert administrator.get("/api/users/ada").json()["username"] == "ada"


def test_closing_an_account_ends_everything_it_had(administrator: APIClient, ada: User) -> None:
    browser = browser_of(ada)
    _, clear = create_token(user=ada, name="a", now=CREATED_AT)

    answer = administrator.post(ADDRESS + "deactivate")

    assert answer.json()["is_active"] is False
    assert browser.get("/api/me").status_code == 401
    headers = {"Authorization": f"Bearer {clear}"}
    assert APIClient().get("/api/me", headers=headers).status_code == 401
    assert not ApiToken.objects.exists()


def test_an_account_that_is_opened_again_has_to_sign_in_anew(
    administrator: APIClient, ada: User
) -> None:
    browser = browser_of(ada)
    for _ in range(2):
        administrator.post(ADDRESS + "deactivate")
    for _ in range(2):
        administrator.post(ADDRESS + "reactivate")

    assert browser.get("/api/me").status_code == 401
    assert browser_of(ada).get("/api/me").status_code == 200
    events = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert [*events] == ["user.deactivate", "user.reactivate"]


def test_the_last_active_administrator_stays(administrator: APIClient, root: User) -> None:
    UserFactory.create(is_superuser=True, is_active=False)

    answer = administrator.post("/api/users/root/deactivate")

    assert answer.status_code == 409
    assert administrator.get("/api/me").status_code == 200
    with pytest.raises(LastAdministrator):
        delete_user(user=root, now=CREATED_AT)


def test_one_of_two_administrators_may_go(root: User) -> None:
    other = UserFactory.create(is_superuser=True)

    deactivate(user=root, now=CREATED_AT)

    with pytest.raises(LastAdministrator):
        deactivate(user=other, now=CREATED_AT)


@pytest.mark.parametrize("path", ["/api/users/ada/sign-out", "/api/me/sessions"])
def test_signing_out_ends_every_session_and_keeps_api_tokens(
    administrator: APIClient, ada: User, path: str
) -> None:
    browsers = [browser_of(ada), browser_of(ada)]
    create_token(user=ada, name="a", now=CREATED_AT)

    if path == "/api/me/sessions":
        assert browsers[0].delete(path).status_code == 204
    else:
        assert administrator.post(path).status_code == 200

    assert [browser.get("/api/me").status_code for browser in browsers] == [401, 401]
    assert not Session.objects.filter(user=ada).exists()
    assert ApiToken.objects.count() == 1
    assert AuditEvent.objects.get(action="user.sign_out").after == {"sessions_ended": 2}


def test_a_token_with_scopes_signs_nobody_out(ada: User) -> None:
    _, clear = create_token(user=ada, name="a", scopes=["view"], now=CREATED_AT)
    headers = {"Authorization": f"Bearer {clear}"}

    assert APIClient().delete("/api/me/sessions", headers=headers).status_code == 403


def test_people_are_for_administrators_alone(ada: User) -> None:
    client = APIClient()
    assert client.get("/api/users").status_code == 401
    client.force_login(ada)

    for answer in (
        client.get("/api/users"),
        client.get("/api/users/root"),
        client.post("/api/users", {"username": "b"}),
        client.post(ADDRESS + "deactivate"),
        client.post(ADDRESS + "sign-out"),
    ):
        assert answer.status_code == 403
