"""``manage.py review``: the review from the shell."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent
from servers.models import ServerVersion
from servers.services import delete_server
from tests.fixtures.factories import CREATED_AT, ServerFactory, ServerVersionFactory, document

pytestmark = pytest.mark.django_db

NAME = "org.example/weather"


@pytest.fixture
def pending() -> ServerVersion:
    return ServerVersionFactory.create(
        server=ServerFactory.create(name=NAME),
        version="2.0.0",
        review_state="pending",
        is_latest=False,
        document=document(version="2.0.0", title="New"),
    )


def review(*arguments: str) -> str:
    printed = StringIO()
    call_command("review", *arguments, stdout=printed)
    return printed.getvalue()


def test_what_awaits_its_review_is_listed(pending: ServerVersion) -> None:
    assert review().startswith(f"{NAME} 2.0.0, submitted 2026-01-01 12:00 by a command")


def test_what_sleeps_with_its_deleted_server_is_not_listed(pending: ServerVersion) -> None:
    delete_server(server=pending.server, now=CREATED_AT)

    assert review() == ""


def test_a_version_is_shown_with_what_it_changes(pending: ServerVersion) -> None:
    shown = review("ORG.example/Weather", "2.0.0")

    assert f"{NAME} 2.0.0: pending" in shown
    assert '\n  version: "1.0.0" -> "2.0.0"\n' in shown
    assert '\n  title: + "New"\n' in shown


def test_what_nobody_sees_is_spelled_out(pending: ServerVersion) -> None:
    pending.document["title"] = "New\u200b\x9b31m"
    pending.save()

    shown = review(NAME, "2.0.0")

    assert "<U+200B ZERO WIDTH SPACE>" in shown
    assert "\x9b" not in shown


@pytest.mark.parametrize(
    ("decision", "state"),
    [(["--approve"], "approved"), (["--reject", "Says nothing."], "rejected")],
)
def test_a_version_is_decided(pending: ServerVersion, decision: list[str], state: str) -> None:
    assert review(NAME, "2.0.0", *decision) == f"{NAME} 2.0.0: {state}\n"

    pending.refresh_from_db()
    assert pending.review_state == state
    assert AuditEvent.objects.filter(subject=NAME, action__startswith="version.").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([NAME, "9.9.9", "--approve"], "There is no version '9.9.9'"),
        ([NAME, "1.0.0", "--approve"], "is approved: it cannot be approved"),
        ([NAME, "2.0.0", "--reject", " "], "Say why"),
        ([NAME, "2.0.0", "--reject", "x" * 2001], "Say why"),
        ([NAME], "Say which"),
        (["--approve"], "Say which"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    pending: ServerVersion, arguments: list[str], reason: str
) -> None:
    with pytest.raises(CommandError, match=reason) as refused:
        review(*arguments)

    assert refused.value.returncode == 2
    pending.refresh_from_db()
    assert pending.review_state == "pending"
