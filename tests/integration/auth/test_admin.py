"""People, teams and grants in the admin: every change through a service."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from accounts.access import Role
from accounts.models import ApiToken, AuditEvent, Grant, Membership, Session, Team, User
from accounts.services import create_token, set_member
from tests.fixtures.factories import CREATED_AT, ServerFactory, TeamFactory, UserFactory
from tests.integration.auth.admin_pages import address, delete, happened, post, said

PASSWORD = "a long and lonely passphrase"


@pytest.fixture
def ada(db: None) -> User:
    return UserFactory.create(username="ada", is_superuser=True)


@pytest.fixture
def browser(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


@pytest.mark.parametrize("model", ["user", "team", "grant", "apitoken", "session"])
def test_every_list_opens_and_is_searched(browser: Client, model: str) -> None:
    grant = Grant(user=User.objects.get(), action="view", pattern="*", created_at=CREATED_AT)
    grant.save()

    assert browser.get(address(model, "changelist"), {"q": "ada"}).status_code == 200


# --- People ------------------------------------------------------------------------------------


def test_an_account_is_made_with_a_password_that_holds(browser: Client) -> None:
    form = {"username": "bob", "usable_password": "true"}
    weak = post(browser, "user", "add", **form, password1="password123", password2="password123")
    assert "too common" in weak.text

    post(browser, "user", "add", **form, password1=PASSWORD, password2=PASSWORD)

    assert User.objects.get(username="bob").check_password(PASSWORD)
    assert happened() == [("user.create", "bob", "ada")]


def test_an_account_is_made_with_its_mail_and_as_an_administrator(browser: Client) -> None:
    form = {"username": "bob", "usable_password": "false", "email": "bob@example.org"}

    post(browser, "user", "add", **form, is_superuser="on")

    bob = User.objects.get(username="bob")
    assert (bob.email, bob.is_superuser) == ("bob@example.org", True)


@pytest.mark.parametrize("page", ["add", "change", "password"])
def test_the_forms_speak_of_this_registry(browser: Client, ada: User, page: str) -> None:
    change = reverse("admin:auth_user_password_change", args=[ada.pk])
    pages = {"add": address("user", "add"), "change": address("user", "change", ada.pk)}

    shown = browser.get(pages.get(page, change)).text

    assert "LDAP" not in shown
    assert ("Without one, the account signs in by single sign-on" in shown) == (page != "change")


def test_an_account_shows_what_it_holds(browser: Client, ada: User) -> None:
    bob = UserFactory.create(username="bob")
    set_member(team=TeamFactory.create(slug="data"), user=bob, role=Role.ADMIN, now=CREATED_AT)
    Grant.objects.create(user=bob, action="call", pattern="a.b/*", created_at=CREATED_AT)
    create_token(user=bob, name="deploy", now=CREATED_AT)
    Authenticator.objects.create(user=bob, type="totp", data={"secret": "hidden here"})

    page = browser.get(address("user", "change", bob.pk)).text

    for held in ("bob as admin of data", "may call a.b/*", "deploy (", "TOTP Authenticator"):
        assert held in page
    assert "hidden here" not in page


def test_an_account_may_have_no_password(browser: Client) -> None:
    post(browser, "user", "add", username="bot", usable_password="false")

    assert not User.objects.get(username="bot").has_usable_password()


def changed(browser: Client, user: User, **changes: Any) -> Any:
    form = {"first_name": "", "last_name": "", "email": "", "is_active": "on"} | changes
    for held in ("memberships", "grants", "auth_token_set", "authenticator_set"):
        form |= {f"{held}-TOTAL_FORMS": "0", f"{held}-INITIAL_FORMS": "0"}
    form = {name: value for name, value in form.items() if value is not None}
    return post(browser, "user", "change", user.pk, **form)


def test_only_what_means_something_can_be_changed(browser: Client) -> None:
    bob = UserFactory.create(username="bob")

    page = browser.get(address("user", "change", bob.pk)).text

    assert set(re.findall(r'name="(\w+)"', page)) >= {"email", "is_active", "is_superuser"}
    for gone in ("is_staff", "groups", "user_permissions", 'name="username"'):
        assert gone not in page


def test_an_account_is_closed_through_the_service(browser: Client) -> None:
    bob = UserFactory.create(username="bob")
    create_token(user=bob, name="a", now=CREATED_AT)

    changed(browser, bob, email="bob@example.org", is_active=None)

    bob.refresh_from_db()
    assert (bob.email, bob.is_active) == ("bob@example.org", False)
    assert not ApiToken.objects.exists()
    assert happened()[1:] == [("user.update", "bob", "ada"), ("user.deactivate", "bob", "ada")]


def test_an_account_is_opened_and_made_an_administrator(browser: Client) -> None:
    bob = UserFactory.create(username="bob", is_active=False)

    changed(browser, bob, is_superuser="on")

    bob.refresh_from_db()
    assert (bob.is_active, bob.is_superuser) == (True, True)


@pytest.mark.parametrize("taken", [{"is_active": None}, {"is_superuser": None}])
def test_the_last_administrator_stays_one(
    browser: Client, ada: User, taken: dict[str, None]
) -> None:
    page = changed(browser, ada, **({"is_superuser": "on"} | taken))

    assert "This is the last active administrator" in page.text
    ada.refresh_from_db()
    assert (ada.is_active, ada.is_superuser) == (True, True)


def test_the_last_administrator_is_not_deleted(browser: Client, ada: User) -> None:
    bob = UserFactory.create(username="bob", is_superuser=True)

    page = delete(browser, "user", ada, bob)

    assert page.status_code == 302
    assert said(page) == ["This is the last active administrator: make another one first."]
    assert User.objects.count() == 2


def test_nor_on_a_page_of_its_own(browser: Client, ada: User) -> None:
    for page in (browser.get(address("user", "delete", ada.pk)),
                 post(browser, "user", "delete", ada.pk, post="yes")):  # fmt: skip
        assert page.headers["Location"] == address("user", "change", ada.pk)
        assert said(page)[-1].startswith("This is the last active administrator")
    assert User.objects.count() == 1


def test_what_can_be_deleted_is_asked_about(browser: Client) -> None:
    bob = UserFactory.create(username="bob")
    form = {"action": "delete_selected", "_selected_action": [bob.pk]}

    assert "Are you sure" in browser.post(address("user", "changelist"), form).text
    assert "Are you sure" in browser.get(address("user", "delete", bob.pk)).text
    assert browser.get(address("user", "delete", 10**6)).status_code == 302


def test_deleting_accounts_is_noted(browser: Client) -> None:
    bob, eve = UserFactory.create(username="bob"), UserFactory.create(username="eve")

    post(browser, "user", "delete", bob.pk, post="yes")
    delete(browser, "user", eve)

    assert happened() == [("user.delete", "bob", "ada"), ("user.delete", "eve", "ada")]
    assert User.objects.count() == 1


def test_a_new_password_signs_out(browser: Client) -> None:
    bob = UserFactory.create(username="bob")
    his = Client()
    his.force_login(bob)
    change = reverse("admin:auth_user_password_change", args=[bob.pk])
    form = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}

    browser.post(change, form | {"set-password": "1"})

    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)
    assert his.get("/api/me").status_code == 401
    assert happened() == [("user.password", "bob", "ada"), ("user.sign_out", "bob", "ada")]


def test_a_password_is_taken_away(browser: Client) -> None:
    bob = UserFactory.create(username="bob")
    change = reverse("admin:auth_user_password_change", args=[bob.pk])

    browser.post(change, {"usable_password": "false", "unset-password": "1"})

    bob.refresh_from_db()
    assert not bob.has_usable_password()
    page = browser.get(address("user", "change", bob.pk)).text
    assert f'none; <a href="{change}">change it</a>' in page


def test_accounts_are_signed_out_by_an_action(browser: Client) -> None:
    bob = UserFactory.create(username="bob")
    Client().force_login(bob)

    form = {"action": "sign_out", "_selected_action": [bob.pk]}
    browser.post(address("user", "changelist"), form)

    assert not Session.objects.filter(user=bob).exists()


# --- Teams -------------------------------------------------------------------------------------


def members(*rows: dict[str, Any], there: int = 0) -> dict[str, Any]:
    form: dict[str, Any] = {
        "memberships-TOTAL_FORMS": len(rows),
        "memberships-INITIAL_FORMS": there,
    }
    for number, row in enumerate(rows):
        form |= {f"memberships-{number}-{name}": value for name, value in row.items()}
    return form


def test_a_team_is_made_with_its_members(browser: Client, ada: User) -> None:
    rows = members({"user": ada.pk, "role": "admin"})

    post(browser, "team", "add", slug="data", name="Data", **rows)

    assert Membership.objects.get(team__slug="data").role == "admin"
    assert happened() == [("team.create", "data", "ada"), ("team.member", "data", "ada")]


def test_a_team_is_renamed_and_its_members_change(browser: Client, ada: User) -> None:
    team = Team.objects.create(slug="data", name="Data")
    mine = set_member(team=team, user=ada, role=Role.VIEWER, now=CREATED_AT)
    bob = UserFactory.create(username="bob")
    his = set_member(team=team, user=bob, role=Role.VIEWER, now=CREATED_AT)
    rows = members(
        {"id": mine.pk, "team": team.pk, "user": ada.pk, "role": "maintainer"},
        {"id": his.pk, "team": team.pk, "user": bob.pk, "role": "viewer", "DELETE": "on"},
        there=2,
    )

    post(browser, "team", "change", team.pk, name="Data people", **rows)

    assert [str(row) for row in team.memberships.all()] == ["ada as maintainer of data"]
    told = AuditEvent.objects.order_by("pk").values_list("action", "after")[2:]
    assert [*told] == [
        ("team.update", {"name": "Data people"}),
        ("team.member", {"role of ada": "maintainer"}),
        ("team.member", {"role of bob": None}),
    ]


def test_a_team_shows_how_many_are_in_it(browser: Client) -> None:
    Team.objects.create(slug="empty", name="Empty")

    page = browser.get(address("team", "changelist")).text

    assert re.findall(r'field-size">(\d+)<', page) == ["1", "0"]


def test_the_default_team_and_one_with_servers_are_not_deleted(browser: Client) -> None:
    used = Team.objects.create(slug="used", name="Used")
    ServerFactory.create(team=used)

    refused = delete(browser, "team", Team.objects.default())
    delete(browser, "team", used)

    assert said(refused) == ["The default team stays: servers and people belong to it."]
    assert Team.objects.count() == 2


def test_deleting_teams_is_noted(browser: Client) -> None:
    one, other = (Team.objects.create(slug=slug, name=slug) for slug in ("one", "other"))

    post(browser, "team", "delete", one.pk, post="yes")
    delete(browser, "team", other)

    assert happened() == [("team.delete", "one", "ada"), ("team.delete", "other", "ada")]


# --- Grants ------------------------------------------------------------------------------------


def granted(browser: Client, **changes: Any) -> Any:
    form = {"user": "", "team": "", "action": "view", "pattern": "a.b/*", "tool_pattern": ""}
    end = {"expires_at_0": "", "expires_at_1": "", "note": "why"}
    return post(browser, "grant", "add", **(form | end | changes))


def test_a_grant_is_made_looked_at_and_revoked(browser: Client, ada: User) -> None:
    granted(browser, user=ada.pk, pattern="A.b/*", tool_pattern="get_*")

    made = Grant.objects.get()
    assert (made.pattern, made.tool_pattern, made.note) == ("a.b/*", "get_*", "why")
    assert made.granted_by == ada
    page = address("grant", "change", made.pk)
    assert browser.get(page).status_code == 200
    assert browser.post(page, {"pattern": "*"}).status_code == 403
    post(browser, "grant", "delete", made.pk, post="yes")
    assert happened() == [("grant.create", "a.b/*", "ada"), ("grant.revoke", "a.b/*", "ada")]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Name a user or a team, and not both."),
        ({"pattern": "a.b*"}, "is not a pattern"),
        ({"pattern": ""}, "This field is required."),
        ({"action": "edit", "tool_pattern": "get"}, "edit is about whole servers"),
        ({"expires_at_0": "2020-01-01", "expires_at_1": "00:00"}, "must lie in the future"),
        ({"pattern": "a.b/taken"}, "It is granted already"),
    ],
)
def test_a_wrong_grant_is_explained(
    browser: Client, ada: User, changes: dict[str, str], sentence: str
) -> None:
    granted(browser, user=ada.pk, pattern="a.b/taken")
    to = {"user": ada.pk} if changes else {}

    page = granted(browser, **to, **changes)

    assert sentence in page.text
    assert Grant.objects.count() == 1


def test_everything_wrong_with_a_grant_is_said_at_once_and_in_its_place(browser: Client) -> None:
    gone = UserFactory.create(username="gone", is_active=False)
    end = {"expires_at_0": "2020-01-01", "expires_at_1": "00:00"}

    page = granted(browser, user=gone.pk, pattern="a.b*", tool_pattern="a b", **end)

    errors = page.context["adminform"].form.errors
    assert list(errors) == ["user", "pattern", "tool_pattern", "expires_at"]
    assert "The account gone is closed" in errors["user"][0]


def test_grants_show_whether_they_have_expired(browser: Client, ada: User) -> None:
    for pattern, end in (("old/*", CREATED_AT), ("new/*", None)):
        Grant.objects.create(
            user=ada, action="view", pattern=pattern, expires_at=end, created_at=CREATED_AT
        )

    def listed(**query: str) -> list[str]:
        page = browser.get(address("grant", "changelist"), query).text
        return re.findall(r'field-pattern">([^<]+)', page)

    assert "icon-no.svg" in browser.get(address("grant", "changelist")).text
    assert listed() == ["new/*", "old/*"]
    assert listed(expired="no") == ["new/*"]
    assert listed(expired="yes") == ["old/*"]


def test_several_grants_are_revoked_at_once(browser: Client, ada: User) -> None:
    for pattern in ("a/*", "b/*"):
        granted(browser, user=ada.pk, pattern=pattern)

    delete(browser, "grant", *Grant.objects.all())

    assert [action for action, *_ in happened()].count("grant.revoke") == 2
