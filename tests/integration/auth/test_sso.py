"""Single sign-on against a real OpenID Connect provider on this machine."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth import get_user
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.access import Role
from accounts.models import AuditEvent, Membership, Team, User
from accounts.services import deactivate, set_member
from tests.fixtures.factories import UserFactory
from tests.fixtures.oidc_provider import OidcProvider

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    return Client()


@pytest.fixture
def group_roles(settings: Settings) -> None:
    settings.OIDC_GROUP_ROLES = (
        "platform-admins=platform:admin; devs=default:contributor; root=administrator"
    )


def roles_of(username: str) -> dict[str, str]:
    rows = Membership.objects.filter(user__username=username)
    return dict(rows.values_list("team__slug", "role"))


def refusals() -> list[str]:
    denied = AuditEvent.objects.filter(action="login", outcome=AuditEvent.Outcome.DENIED)
    return list(denied.values_list("detail", flat=True))


# --- Signing in --------------------------------------------------------------------------------


def test_a_stranger_is_signed_in_and_has_an_account(
    browser: Client, oidc_provider: OidcProvider
) -> None:
    oidc_provider.knows("17", preferred_username="ada", email="ada@example.org")

    answer = oidc_provider.sign_in(browser, "17")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    user = get_user(browser)
    assert isinstance(user, User)
    assert (user.username, user.email) == ("ada", "ada@example.org")
    assert not user.has_usable_password()
    assert roles_of("ada") == {"default": "viewer"}
    actions = AuditEvent.objects.values_list("action", flat=True)
    assert {"user.create", "login"} <= set(actions)


def test_who_comes_again_has_the_same_account(browser: Client, oidc_provider: OidcProvider) -> None:
    oidc_provider.knows("17", preferred_username="ada")
    oidc_provider.sign_in(browser, "17")
    oidc_provider.knows("17", preferred_username="ada.lovelace")

    oidc_provider.sign_in(Client(), "17")

    assert User.objects.get().username == "ada"


def test_no_local_account_is_joined_by_its_name_or_address(
    browser: Client, oidc_provider: OidcProvider
) -> None:
    local = UserFactory.create(username="admin", email="root@example.org", is_superuser=True)
    oidc_provider.knows(
        "666", preferred_username="admin", email="root@example.org", email_verified=True
    )

    oidc_provider.sign_in(browser, "666")

    user = get_user(browser)
    assert isinstance(user, User)
    assert user != local
    assert user.username != "admin"
    assert not user.is_superuser


def test_the_same_subject_of_another_issuer_is_somebody_else(
    browser: Client, oidc_provider: OidcProvider, settings: Settings
) -> None:
    oidc_provider.knows("17", preferred_username="ada")
    oidc_provider.sign_in(browser, "17")
    user = User.objects.get()
    user.socialaccount_set.update(provider="https://former.example.org")  # type: ignore[attr-defined]

    oidc_provider.sign_in(Client(), "17")

    assert User.objects.count() == 2


def test_the_page_one_wanted_comes_after_the_sign_in(
    browser: Client, oidc_provider: OidcProvider
) -> None:
    away = browser.get("/accounts/sso/login/?next=/api/docs")
    back = urlsplit(oidc_provider.authorize(away.headers["Location"], "17"))

    answer = browser.get(f"{back.path}?{back.query}")

    assert answer.headers["Location"] == "/api/docs"


def test_the_request_carries_a_proof_key_a_state_and_a_nonce_and_nothing_of_the_link(
    browser: Client, oidc_provider: OidcProvider
) -> None:
    link = "/accounts/sso/login/?process=connect&scope=admin&auth_params=prompt%3Dnone"

    asked = parse_qs(urlsplit(browser.get(link).headers["Location"]).query)

    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}
    assert "prompt" not in asked


def test_the_login_page_offers_it_where_it_is_configured(
    browser: Client, oidc_provider: OidcProvider
) -> None:
    assert "Example ID" in browser.get("/accounts/login/").text


def test_without_a_provider_there_is_nothing(browser: Client) -> None:
    assert browser.get("/accounts/sso/login/").status_code == 404
    assert browser.get("/accounts/sso/callback/?code=1&state=2").status_code == 404
    assert "/accounts/sso/" not in browser.get("/accounts/login/").text


# --- Groups ------------------------------------------------------------------------------------


def test_groups_become_memberships(
    browser: Client, oidc_provider: OidcProvider, group_roles: None
) -> None:
    oidc_provider.knows("17", preferred_username="ada", groups=["platform-admins", "devs", "x"])

    oidc_provider.sign_in(browser, "17")

    assert roles_of("ada") == {"platform": "admin", "default": "contributor"}
    assert AuditEvent.objects.filter(action="team.member", subject="platform").exists()


def test_a_group_that_is_gone_is_taken_back_at_the_next_login(
    browser: Client, oidc_provider: OidcProvider, group_roles: None
) -> None:
    oidc_provider.knows("17", preferred_username="ada", groups=["platform-admins", "devs"])
    oidc_provider.sign_in(browser, "17")
    oidc_provider.knows("17", preferred_username="ada", groups=[])

    oidc_provider.sign_in(Client(), "17")

    assert roles_of("ada") == {"default": "viewer"}


def test_a_membership_that_people_gave_stays_as_it_is(
    browser: Client, oidc_provider: OidcProvider, group_roles: None
) -> None:
    oidc_provider.knows("17", preferred_username="ada")
    oidc_provider.sign_in(browser, "17")
    team = Team.objects.create(slug="platform", name="Platform")
    set_member(team=team, user=User.objects.get(), role=Role.MAINTAINER, now=timezone.now())
    oidc_provider.knows("17", groups=["platform-admins"])
    oidc_provider.sign_in(Client(), "17")
    assert roles_of("ada")["platform"] == "maintainer"

    oidc_provider.knows("17", groups=[])
    oidc_provider.sign_in(Client(), "17")

    assert roles_of("ada")["platform"] == "maintainer"


def test_administrators_are_made_and_unmade(
    browser: Client, oidc_provider: OidcProvider, group_roles: None
) -> None:
    UserFactory.create(username="local", is_superuser=True)
    oidc_provider.knows("17", preferred_username="ada", groups=["root"])
    oidc_provider.sign_in(browser, "17")
    assert User.objects.get(username="ada").is_superuser

    oidc_provider.knows("17", groups=["devs"])
    oidc_provider.sign_in(Client(), "17")

    assert not User.objects.get(username="ada").is_superuser
    assert User.objects.get(username="local").is_superuser


def test_the_last_administrator_stays_one(
    browser: Client, oidc_provider: OidcProvider, group_roles: None
) -> None:
    oidc_provider.knows("17", preferred_username="ada", groups=["root"])
    oidc_provider.sign_in(browser, "17")
    oidc_provider.knows("17", groups=[])

    oidc_provider.sign_in(Client(), "17")

    assert User.objects.get().is_superuser


# --- Refused -----------------------------------------------------------------------------------


def test_a_deactivated_user_is_refused_with_a_page(
    browser: Client, oidc_provider: OidcProvider, group_roles: None
) -> None:
    oidc_provider.knows("17", preferred_username="ada")
    oidc_provider.sign_in(browser, "17")
    deactivate(user=User.objects.get(), now=timezone.now())
    oidc_provider.knows("17", groups=["devs"])
    browser = Client()

    answer = oidc_provider.sign_in(browser, "17")

    assert "deactivated" in browser.get(answer.headers["Location"]).text
    assert get_user(browser).is_anonymous
    assert roles_of("ada") == {"default": "viewer"}
    assert refusals() == ["Single sign-on: the account is deactivated."]


@pytest.mark.parametrize("query", ["", "?code=stolen&state=made-up", "?error=server_error"])
def test_an_answer_to_no_question_of_ours_is_refused(
    browser: Client, oidc_provider: OidcProvider, query: str
) -> None:
    answer = browser.get(f"/accounts/sso/callback/{query}")

    assert answer.status_code == 401
    assert "Sign-in failed" in answer.text
    assert len(refusals()) == 1


def test_a_code_of_somebody_elses_sign_in_is_refused(oidc_provider: OidcProvider) -> None:
    """The state is bound to the session of the browser that started."""
    away = Client().get("/accounts/sso/login/")
    back = urlsplit(oidc_provider.authorize(away.headers["Location"], "17"))
    other = Client()

    assert other.get(f"{back.path}?{back.query}").status_code == 401
    assert get_user(other).is_anonymous


def test_an_answer_counts_once(browser: Client, oidc_provider: OidcProvider) -> None:
    away = browser.get("/accounts/sso/login/")
    back = urlsplit(oidc_provider.authorize(away.headers["Location"], "17"))
    browser.get(f"{back.path}?{back.query}")
    browser.post("/accounts/logout/")

    assert browser.get(f"{back.path}?{back.query}").status_code == 401


def test_who_cancels_there_is_told_so(browser: Client, oidc_provider: OidcProvider) -> None:
    away = browser.get("/accounts/sso/login/")
    state = parse_qs(urlsplit(away.headers["Location"]).query)["state"][0]

    answer = browser.get(f"/accounts/sso/callback/?error=access_denied&state={state}", follow=True)

    assert "cancelled" in answer.text
    assert refusals() == []


def test_a_provider_that_does_not_answer_is_a_page_and_no_error(
    browser: Client, oidc_provider: OidcProvider, settings: Settings
) -> None:
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["provider_id"] = settings.OIDC_ISSUER = "http://127.0.0.1:9"

    answer = browser.get("/accounts/sso/login/")

    assert answer.status_code == 401
    assert "could not be read" in refusals()[0]
