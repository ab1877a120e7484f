"""manage.py create_first_admin and create_token."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ApiToken, User
from tests.fixtures.factories import UserFactory

pytestmark = pytest.mark.django_db


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

    output = said("create_token", "ada", "deploy", "--days", "7")

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
        (["ada", "deploy", "--days", "0"], "--days is a whole number from 1 to 3650, not '0'"),
        (["ada", "deploy", "--days=-1"], "--days is a whole number from 1 to 3650, not '-1'"),
        (["ada", "deploy", "--days", "²"], "--days is a whole number from 1 to 3650, not '²'"),
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
