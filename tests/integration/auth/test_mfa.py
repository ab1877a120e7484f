"""Second factors: set up, asked for, encrypted where they are kept, required where it is said."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth import get_user
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEvent, User
from tests.fixtures.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
INDEX = "/accounts/second-factor/"
TOTP_PAGE = "/accounts/second-factor/totp/activate/"


def code_now(secret: str = SECRET) -> str:
    return str(format_hotp_value(hotp_value(secret, int(timezone.now().timestamp()) // 30)))


@pytest.fixture
def ada() -> User:
    return UserFactory.create(username="ada", is_superuser=True)


@pytest.fixture
def browser(ada: User) -> Client:
    return Client()


def give_password(browser: Client) -> str:
    """Sign in as far as a password goes; where the browser is sent then."""
    form = {"login": "ada", "password": PASSWORD}
    return str(browser.post("/accounts/login/", form).headers["Location"])


def actions() -> set[str]:
    return set(AuditEvent.objects.values_list("action", flat=True))


def test_an_authenticator_app_is_set_up_and_then_asked_for(browser: Client) -> None:
    give_password(browser)
    confirmed = browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert confirmed.status_code == 302
    page = browser.get(TOTP_PAGE).text
    found = re.search(r'value="([A-Z2-7]{32})"', page)
    assert found
    secret = found[1]

    browser.post(TOTP_PAGE, {"code": code_now(secret)})
    again = Client()

    assert give_password(again).startswith("/accounts/second-factor/authenticate/")
    assert get_user(again).is_anonymous
    assert {"user.second_factor.add"} <= actions()


def test_password_and_code_sign_in(browser: Client, ada: User) -> None:
    TOTP.activate(ada, SECRET)
    page = give_password(browser)

    browser.post(page, {"code": code_now()})

    assert get_user(browser) == ada


def test_a_wrong_code_signs_nobody_in_and_is_recorded(browser: Client, ada: User) -> None:
    TOTP.activate(ada, SECRET)
    page = give_password(browser)

    answer = browser.post(page, {"code": "000000"})

    assert "Incorrect code" in answer.text
    assert get_user(browser).is_anonymous
    assert AuditEvent.objects.filter(action="login", detail="Wrong second factor.").exists()


def test_codes_cannot_be_guessed_one_after_another(browser: Client, ada: User) -> None:
    TOTP.activate(ada, SECRET)
    page = give_password(browser)
    for _ in range(5):
        browser.post(page, {"code": "000000"})

    browser.post(page, {"code": code_now()})

    assert get_user(browser).is_anonymous


def test_a_code_counts_once(browser: Client, ada: User) -> None:
    TOTP.activate(ada, SECRET)
    with time_machine.travel(timezone.now(), tick=False):
        browser.post(give_password(browser), {"code": code_now()})
        second = Client()
        second.post(give_password(second), {"code": code_now()})

    assert get_user(second).is_anonymous


def test_a_recovery_code_signs_in_once(browser: Client, ada: User) -> None:
    TOTP.activate(ada, SECRET)
    (code, *_) = RecoveryCodes.activate(ada).get_unused_codes()
    browser.post(give_password(browser), {"code": code})
    second = Client()
    second.post(give_password(second), {"code": code})

    assert get_user(browser) == ada
    assert get_user(second).is_anonymous


# --- Kept ---------------------------------------------------------------------------------------


def test_no_secret_of_a_second_factor_is_in_a_dump(
    ada: User, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = "c0ffee" * 12
    monkeypatch.setattr(RecoveryCodes, "generate_seed", classmethod(lambda cls: seed))
    TOTP.activate(ada, SECRET)
    RecoveryCodes.activate(ada)

    call_command("dumpdata", "mfa")

    dump = capsys.readouterr().out
    assert "recovery_codes" in dump
    assert SECRET not in dump
    assert seed not in dump


def test_with_another_secret_key_no_code_holds(
    browser: Client, ada: User, settings: Settings
) -> None:
    TOTP.activate(ada, SECRET)
    settings.SECRET_KEY = "another key, of which nobody told the second factors"
    page = give_password(browser)

    assert browser.post(page, {"code": code_now()}).status_code == 200
    assert get_user(browser).is_anonymous


def test_a_former_secret_key_still_decrypts(browser: Client, ada: User, settings: Settings) -> None:
    TOTP.activate(ada, SECRET)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the new key of this registry, fifty characters and more"

    browser.post(give_password(browser), {"code": code_now()})

    assert get_user(browser) == ada


# --- Required -----------------------------------------------------------------------------------


def test_the_admin_waits_for_a_second_factor_where_one_is_required(
    browser: Client, ada: User, settings: Settings
) -> None:
    settings.REQUIRE_MFA = True
    give_password(browser)

    answer = browser.get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0] == INDEX
    assert "Set up a second factor" in answer.text


def test_the_admin_opens_with_a_second_factor(
    browser: Client, ada: User, settings: Settings
) -> None:
    settings.REQUIRE_MFA = True
    TOTP.activate(ada, SECRET)
    browser.post(give_password(browser), {"code": code_now()})

    assert browser.get("/admin/").status_code == 200


def test_recovery_codes_alone_are_no_second_factor(
    browser: Client, ada: User, settings: Settings
) -> None:
    settings.REQUIRE_MFA = True
    RecoveryCodes.activate(ada)
    give_password(browser)

    assert browser.get("/admin/").status_code == 302


# --- Lost ---------------------------------------------------------------------------------------


def test_an_administrator_removes_a_lost_second_factor(ada: User) -> None:
    other = UserFactory.create(username="bob")
    factor = TOTP.activate(other, SECRET).instance
    admin = Client()
    admin.force_login(ada)

    admin.post(f"/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"})

    assert not Authenticator.objects.exists()
    event = AuditEvent.objects.get(action="user.second_factor.remove")
    assert (event.subject, event.actor) == ("bob", "ada")


def test_the_admin_shows_no_secret_of_it(ada: User) -> None:
    factor = TOTP.activate(ada, SECRET).instance
    admin = Client()
    admin.force_login(ada)

    page = admin.get(f"/admin/mfa/authenticator/{factor.pk}/change/").text

    assert factor.data["secret"] not in page


def test_a_code_of_a_minute_ago_is_over(browser: Client, ada: User) -> None:
    TOTP.activate(ada, SECRET)
    old = code_now()

    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        browser.post(give_password(browser), {"code": old})

    assert get_user(browser).is_anonymous
