"""The sign-in page: throttled, recorded, and the only way in, for the admin as well."""

import pytest
from django.contrib.auth import get_user
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Session, User
from tests.fixtures.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"
LOGIN = "/accounts/login/"


@pytest.fixture
def ada() -> User:
    return UserFactory.create(username="ada")


@pytest.fixture
def browser(ada: User) -> Client:
    return Client()


def sign_in(browser: Client, password: str = PASSWORD, username: str = "ada", **more: str) -> int:
    form = {"login": username, "password": password}
    return browser.post(LOGIN, form, **more).status_code  # type: ignore[arg-type]  # headers


def trail() -> list[tuple[str, str, str]]:
    events = AuditEvent.objects.filter(action="login").order_by("pk")
    return list(events.values_list("outcome", "subject", "detail"))


# --- The audit trail ---------------------------------------------------------------------------


def test_a_login_is_recorded(browser: Client) -> None:
    sign_in(browser)

    assert trail() == [("done", "ada", "")]
    event = AuditEvent.objects.get(action="login")
    assert (event.actor, event.address) == ("ada", "127.0.0.1")


def test_a_failed_login_is_recorded_without_the_password(browser: Client) -> None:
    sign_in(browser, "a wrong password")
    sign_in(browser, PASSWORD, "nobody")

    wrong = "Wrong name or password, or a closed account."
    assert trail() == [("denied", "ada", wrong), ("denied", "nobody", wrong)]


# --- Throttling --------------------------------------------------------------------------------


def test_after_five_wrong_passwords_the_right_one_is_not_looked_at(browser: Client) -> None:
    tries = [sign_in(browser, "wrong") for _ in range(5)]

    answer = browser.post(LOGIN, {"login": "ada", "password": PASSWORD})

    assert tries == [200] * 5
    assert answer.status_code == 429
    assert "Too many failed login attempts" in answer.text
    assert get_user(browser).is_anonymous
    assert len(trail()) == 5


def test_an_account_is_guarded_wherever_the_attempts_come_from(browser: Client) -> None:
    for last in range(5):
        sign_in(browser, "wrong", REMOTE_ADDR=f"192.0.2.{last}")

    assert sign_in(browser, REMOTE_ADDR="198.51.100.7") == 429


def test_an_address_is_guarded_whatever_account_it_tries(browser: Client) -> None:
    for number in range(20):
        sign_in(browser, "wrong", f"user{number}")

    assert sign_in(browser) == 429
    assert sign_in(browser, REMOTE_ADDR="198.51.100.7") == 302


def test_a_forwarded_address_is_believed_only_of_trusted_proxies(browser: Client) -> None:
    for number in range(20):
        forged = f"192.0.2.{number}"
        sign_in(browser, "wrong", f"user{number}", HTTP_X_FORWARDED_FOR=forged)

    assert sign_in(browser, HTTP_X_FORWARDED_FOR="198.51.100.7") == 429


def test_a_login_that_succeeds_does_not_count(browser: Client) -> None:
    for _ in range(10):
        assert sign_in(Client()) == 302


# --- Ways in -----------------------------------------------------------------------------------


@pytest.mark.parametrize("short", ["/login", "/logout"])
def test_the_short_addresses_lead_to_the_pages(browser: Client, short: str) -> None:
    assert browser.get(f"{short}?next=/api/docs").headers["Location"].startswith("/accounts")


@pytest.mark.parametrize("address", ["/accounts/signup/", "/accounts/password/reset/"])
def test_nobody_signs_up_alone_and_no_mail_is_sent(browser: Client, address: str) -> None:
    assert browser.get(address).status_code == 404


def test_the_admin_has_no_sign_in_of_its_own(browser: Client) -> None:
    answer = browser.get("/admin/servers/server/", follow=True)

    assert answer.redirect_chain[-1] == (f"{LOGIN}?next=/admin/servers/server/", 302)


def test_the_admins_own_address_takes_no_password(browser: Client, ada: User) -> None:
    User.objects.update(is_superuser=True)

    answer = browser.post("/admin/login/", {"username": "ada", "password": PASSWORD})

    assert answer.headers["Location"].startswith(LOGIN)
    assert get_user(browser).is_anonymous


def test_who_is_no_administrator_stays_outside(browser: Client) -> None:
    sign_in(browser)

    assert browser.get("/admin/", follow=True).status_code == 403


def test_an_administrator_enters(browser: Client, ada: User) -> None:
    User.objects.update(is_superuser=True)
    sign_in(browser)

    assert browser.get("/admin/").status_code == 200
    assert browser.get("/admin/login/").headers["Location"] == "/admin/"


def test_logging_out_ends_the_session(browser: Client) -> None:
    sign_in(browser)

    browser.post("/accounts/logout/")

    assert get_user(browser).is_anonymous
    assert not Session.objects.filter(expire_date__gt=timezone.now()).exists()


# --- The password ------------------------------------------------------------------------------


def test_a_new_password_is_recorded_and_ends_other_sessions(browser: Client) -> None:
    other = Client()
    sign_in(other)
    sign_in(browser)
    new = "a much better password"

    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    browser.post("/accounts/password/", form)

    assert get_user(browser).is_authenticated
    assert get_user(other).is_anonymous
    assert AuditEvent.objects.filter(action="user.password", subject="ada").exists()


def test_who_has_no_password_has_none_to_change(browser: Client, ada: User) -> None:
    ada.set_unusable_password()
    ada.save()
    browser.force_login(ada)

    assert browser.get("/accounts/password/").status_code == 404
    assert "/accounts/password/" not in browser.get("/accounts/second-factor/").text


# --- The sessions table ------------------------------------------------------------------------


def test_what_a_session_holds_is_not_in_a_dump(
    browser: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    sign_in(browser)
    browser.post("/accounts/second-factor/totp/activate/", {"code": "123456"})
    browser.get("/accounts/second-factor/totp/activate/")

    call_command("dumpdata", "accounts.Session")

    assert browser.cookies["sessionid"].value not in capsys.readouterr().out
    stored = Session.objects.get()
    assert "ada" not in stored.session_data
    assert stored.get_decoded()["_auth_user_id"]


def test_a_session_that_was_tampered_with_signs_out(browser: Client) -> None:
    sign_in(browser)
    Session.objects.update(session_data="not ours")

    assert get_user(browser).is_anonymous
    assert browser.get("/").status_code == 200
