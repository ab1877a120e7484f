"""manage.py and the accounts: the first admin, tokens, teams, grants, signing keys."""

import io
import sys
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import OperationalError
from pytest_django.fixtures import Settings

import manage
from accounts.actors import Actor, current_actor
from accounts.models import ApiToken, AuditEvent, Grant, Membership, Team, User
from tests.fixtures.factories import UserFactory

pytestmark = pytest.mark.django_db


NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def said(*arguments: str) -> str:
    output = io.StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


def test_the_first_admin_gets_a_password_that_is_shown_once() -> None:
    output = said("create_first_admin")

    admin = User.objects.get(username="admin")
    password = output.splitlines()[0].rpartition(" ")[2]
    assert admin.is_superuser
    assert admin.check_password(password)
    assert password not in admin.password


def test_where_there_are_users_no_admin_is_made() -> None:
    UserFactory.create(username="ada")

    assert said("create_first_admin") == "There are users already; none was made.\n"

    assert [user.username for user in User.objects.all()] == ["ada"]


def test_a_token_and_nothing_else_is_printed() -> None:
    UserFactory.create(username="ada")

    output = said("create_token", "ada", "deploy", "--expires-in-days", "7")

    token = ApiToken.objects.get(user__username="ada", name="deploy")
    assert output.startswith(token.token_key)
    assert len(output.split()) == 1
    assert token.expiry is not None
    assert (token.expiry - token.created).days in (6, 7)


def test_a_token_never_expires_unless_told() -> None:
    UserFactory.create(username="ada")

    said("create_token", "ada", "deploy")

    assert ApiToken.objects.get().expiry is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nobody", "deploy"], "There is no active user named 'nobody'."),
        (["gone", "deploy"], "There is no active user named 'gone'."),
        (["ada", ""], "The name of a token has 1 to 100 characters."),
        (["ada", "x" * 101], "The name of a token has 1 to 100 characters."),
        (["ada", "deploy", "--scope", "all"], "'all' is not a scope: its action is none of view"),
        (
            ["ada", "deploy", "--days", "0"],
            "a whole number from 1 to 3650, not '0'",
        ),
        (
            ["ada", "deploy", "--days=-1"],
            "a whole number from 1 to 3650, not '-1'",
        ),
        (
            ["ada", "deploy", "--days", "²"],
            "a whole number from 1 to 3650, not '²'",
        ),
    ],
)
def test_a_wrong_argument_is_named_and_makes_nothing(arguments: list[str], sentence: str) -> None:
    UserFactory.create(username="ada")
    UserFactory.create(username="gone", is_active=False)

    with pytest.raises(CommandError) as refused:
        call_command("create_token", *arguments)

    assert sentence in str(refused.value)
    assert refused.value.returncode == 2
    assert not ApiToken.objects.exists()


def test_a_token_has_the_scopes_that_were_named() -> None:
    UserFactory.create(username="ada")

    said("create_token", "ada", "deploy", "--scope", "view", "--scope", "call:A.b/*")

    assert ApiToken.objects.get().scopes == ["call:a.b/*", "view"]


def refusal(*arguments: str) -> str:
    with pytest.raises(CommandError) as refused:
        call_command(*arguments)
    assert refused.value.returncode == 2
    return str(refused.value)


# --- Teams -------------------------------------------------------------------------------------


def test_a_team_is_made_and_its_members_are_set() -> None:
    UserFactory.create(username="ada")

    assert said("create_team", "data", "--name", "Data people") == "Made the team data.\n"
    assert said("set_member", "data", "ada", "admin") == "Set: ada as admin of data.\n"
    assert Membership.objects.get(team__slug="data").role == "admin"
    assert said("set_member", "data", "ada", "none") == "Removed ada from the team data.\n"

    assert Team.objects.get(slug="data").name == "Data people"
    assert not Membership.objects.filter(team__slug="data").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["create_team", "default"], "A team 'default' exists already."),
        (["create_team", "a b"], "Enter a valid"),
        (["create_team", ""], "A slug has 1 to 50 characters."),
        (["create_team", "a", "--name", "x" * 101], "The name of a team has 1 to 100 characters."),
        (["set_member", "nowhere", "ada", "viewer"], "There is no team 'nowhere'."),
        (["set_member", "default", "nobody", "viewer"], "no active user named 'nobody'"),
        (["set_member", "default", "nobody", "none"], "'nobody' is no member of the team default."),
    ],
)
def test_a_wrong_team_or_member_is_named(arguments: list[str], sentence: str) -> None:
    UserFactory.create(username="ada")

    assert sentence in refusal(*arguments)

    assert Team.objects.count() == 1
    assert not AuditEvent.objects.exists()


# --- Grants ------------------------------------------------------------------------------------


@time_machine.travel(NOW, tick=False)
def test_a_grant_is_made_and_revoked_by_the_same_words() -> None:
    UserFactory.create(username="ada")
    words = ["ada", "call", "Com.Example/*", "--tool", "get_*"]

    granted = said("grant", *words, "--expires-in-days", "30", "--note", "demo")

    assert granted == "Granted: user ada may call com.example/* (tools get_*).\n"
    made = Grant.objects.get()
    assert (made.note, made.expires_at) == ("demo", datetime(2026, 3, 31, 12, 0, tzinfo=UTC))
    assert said("revoke", *words).startswith("Revoked: user ada may call")
    assert not Grant.objects.exists()


def test_a_team_is_granted_something_and_a_closed_account_loses_it() -> None:
    ada = UserFactory.create(username="ada")
    said("grant", "team:default", "view", "*")
    said("grant", "ada", "view", "*")
    ada.is_active = False
    ada.save()

    said("revoke", "ada", "view", "*")

    assert Grant.objects.get().team == Team.objects.default()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["grant", "nobody", "view", "*"], "There is no user named 'nobody'."),
        (["grant", "team:nowhere", "view", "*"], "There is no team 'nowhere'."),
        (["grant", "ada", "view", "a"], "'a' is not a pattern"),
        (["grant", "ada", "edit", "*", "--tool", "a"], "edit is about whole servers"),
        (["grant", "ada", "view", "*", "--expires-in-days", "0"], "--expires-in-days is a whole"),
        (["grant", "ada", "view", "*", "--note", "x" * 201], "A note has 200 characters at most."),
        (["revoke", "ada", "view", "*"], "There is no such grant."),
        (["revoke", "ada", "view", "a"], "'a' is not a pattern"),
    ],
)
def test_a_wrong_grant_is_named(arguments: list[str], sentence: str) -> None:
    UserFactory.create(username="ada")

    assert sentence in refusal(*arguments)

    assert not Grant.objects.exists()


def test_a_closed_account_is_granted_nothing() -> None:
    UserFactory.create(username="gone", is_active=False)

    assert "The account gone is closed" in refusal("grant", "gone", "view", "*")
    assert not Grant.objects.exists()


def test_what_is_granted_is_not_granted_again() -> None:
    said("grant", "team:default", "view", "*")

    assert "It is granted already" in refusal("grant", "team:default", "view", "*")


# --- Signing keys ------------------------------------------------------------------------------


def test_a_signing_key_is_made_and_spent_ones_are_removed(
    settings: Settings, tmp_path: Path
) -> None:
    settings.JWT_KEYS_DIR = tmp_path
    with time_machine.travel(NOW, tick=False):
        said("rotate_signing_key")

    assert "signs from now on" in said("rotate_signing_key")
    assert said("rotate_signing_key", "--prune") == "Removed 0 key(s).\n"
    with time_machine.travel(datetime(2099, 1, 1, tzinfo=UTC), tick=False):
        assert said("rotate_signing_key", "--prune") == "Removed 1 key(s).\n"

    assert len(list(tmp_path.iterdir())) == 1
    assert [*AuditEvent.objects.order_by("pk").values_list("action", flat=True)] == [
        "signing_key.rotate",
        "signing_key.rotate",
        "signing_key.prune",
    ]


def test_a_file_that_is_no_key_is_named(settings: Settings, tmp_path: Path) -> None:
    settings.JWT_KEYS_DIR = tmp_path
    (tmp_path / "odd.pem").write_text("nothing")

    assert "odd.pem is not an RSA private key" in refusal("rotate_signing_key", "--prune")


# --- Who runs it -------------------------------------------------------------------------------


def test_the_audit_trail_says_who_ran_which_command(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Actor] = []
    monkeypatch.setattr(
        "django.core.management.execute_from_command_line", lambda _: seen.append(current_actor())
    )
    monkeypatch.setattr("getpass.getuser", lambda: "operator")
    monkeypatch.setattr(sys, "argv", ["manage.py", "grant", "ada"])

    manage.main()

    assert seen == [Actor(username="operator", via="command grant")]
    assert current_actor() == Actor()


def test_a_database_without_tables_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unprepared = Mock(side_effect=OperationalError("no such table: servers_source"))
    monkeypatch.setattr("django.core.management.execute_from_command_line", unprepared)

    with pytest.raises(SystemExit) as ended:
        manage.main()

    assert ended.value.code == 2
    assert "run `manage.py migrate` first" in capsys.readouterr().err


def test_an_operator_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError

    monkeypatch.setattr("getpass.getuser", nameless)
    monkeypatch.setattr("os.getuid", lambda: 1000)
    monkeypatch.setattr(sys, "argv", ["manage.py"])

    assert manage.operator() == Actor(username="uid 1000", via="command")
