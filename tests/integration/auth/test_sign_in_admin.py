"""What administrators end of how others sign in: connections, programs and their tokens."""

import pytest
from allauth.idp.oidc.models import Client as OAuthClient
from allauth.idp.oidc.models import Token
from allauth.socialaccount.models import SocialAccount
from django.contrib import admin
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, User
from accounts.services import end_sign_in
from tests.fixtures.factories import UserFactory

pytestmark = pytest.mark.django_db
ISSUER = "https://id.example.org"


@pytest.fixture
def browser() -> Client:
    """An administrator's."""
    browser = Client()
    browser.force_login(UserFactory.create(username="root", is_superuser=True))
    return browser


@pytest.fixture
def bob() -> User:
    return UserFactory.create(username="bob")


@pytest.fixture
def connection(bob: User) -> SocialAccount:
    return SocialAccount.objects.create(user=bob, provider=ISSUER, uid="17")


@pytest.fixture
def token(bob: User) -> Token:
    client = OAuthClient.objects.create(name="Agent", type=OAuthClient.Type.PUBLIC)
    return Token.objects.create(
        type=Token.Type.ACCESS_TOKEN, hash="5ca1ab1e", client=client, user=bob
    )


def test_a_connection_to_the_provider_is_ended(browser: Client, connection: SocialAccount) -> None:
    browser.post(f"/admin/socialaccount/socialaccount/{connection.pk}/delete/", {"post": "yes"})

    assert not SocialAccount.objects.exists()
    event = AuditEvent.objects.get(action="user.single_sign_on.disconnect")
    assert (event.actor, event.subject) == ("root", "bob")
    assert event.before == {"issuer": ISSUER, "subject": "17"}


def test_tokens_of_programs_are_ended_in_a_list(browser: Client, token: Token) -> None:
    form = {"action": "delete_selected", "_selected_action": [token.pk], "post": "yes"}

    browser.post("/admin/allauth_idp_oidc/token/", form)

    assert not Token.objects.exists()
    event = AuditEvent.objects.get(action="oauth.token.revoke")
    assert (event.actor, event.subject) == ("root", "bob")


def test_no_hash_is_shown(browser: Client, token: Token) -> None:
    page = browser.get(f"/admin/allauth_idp_oidc/token/{token.pk}/change/")

    assert page.status_code == 200
    assert token.hash not in page.text


def test_what_is_gone_is_not_ended_again(token: Token) -> None:
    end_sign_in(row=token, now=timezone.now())
    end_sign_in(row=token, now=timezone.now())

    assert AuditEvent.objects.filter(action="oauth.token.revoke").count() == 1


def test_a_token_of_nobody_in_particular_is_ended_too(token: Token) -> None:
    Token.objects.update(user=None)
    token.refresh_from_db()

    end_sign_in(row=token, now=timezone.now())

    assert AuditEvent.objects.get(action="oauth.token.revoke").subject == ""


@pytest.mark.parametrize(
    "page",
    [
        "auth/group",
        "account/emailaddress",
        "socialaccount/socialapp",
        "socialaccount/socialtoken",
        "knox/authtoken",
    ],
)
def test_what_means_nothing_here_has_no_page(browser: Client, page: str) -> None:
    assert browser.get(f"/admin/{page}/").status_code == 404


def test_every_page_there_is_ours() -> None:
    ours = {type(page).__module__.partition(".")[0] for page in admin.site._registry.values()}

    assert ours == {"accounts", "servers", "search", "healthchecks"}


def test_libraries_go_by_what_they_are_there_for(browser: Client) -> None:
    page = browser.get("/admin/").text

    for heading in ("Programs (OAuth)", "Second factors", "Single sign-on"):
        assert heading in page
    assert "OpenID Connect IdP" not in page


@pytest.mark.parametrize("page", ["socialaccount/socialaccount", "allauth_idp_oidc/client"])
def test_nothing_is_made_here(browser: Client, page: str) -> None:
    assert browser.get(f"/admin/{page}/").status_code == 200
    assert browser.get(f"/admin/{page}/add/").status_code == 403
