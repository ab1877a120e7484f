"""``manage.py check_servers``."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from healthchecks.models import Observation
from servers.models import Server
from tests.fixtures.factories import ServerFactory

pytestmark = pytest.mark.django_db

Registered = Callable[..., Server]


def checked(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("check_servers", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_named_servers_are_checked_and_told_by_name(live_server_row: Registered) -> None:
    live_server_row(name="org.example/b")
    ServerFactory.create(name="org.example/a", endpoint_url="http://127.0.0.1:1/mcp")
    live_server_row(name="org.example/not-asked-for")

    headings, first, second = checked("org.example/b", "org.example/a")

    assert headings.split() == ["SERVER", "STATE", "LATENCY", "TOOLS", "REASON"]
    assert first.split()[:4] == ["org.example/a", "unreachable", "-", "-"]
    assert second.split()[:2] == ["org.example/b", "healthy"]
    assert second.endswith("Lists its tools (MCP 2026-07-28).")
    assert Observation.objects.count() == 2


def test_all_means_all_that_are_probed(live_server_row: Registered) -> None:
    live_server_row(name="org.example/a")
    ServerFactory.create(endpoint_url="")

    assert [line.split()[0] for line in checked("--all")] == ["SERVER", "org.example/a"]


def test_a_server_that_is_not_probed_says_why() -> None:
    ServerFactory.create(name="org.example/local", endpoint_url="")

    assert "local" in checked("org.example/local")[1]
    assert "Runs on its user's machine" in checked("org.example/local")[1]


def test_the_bar_goes_to_stderr(
    live_server_row: Registered, capsys: pytest.CaptureFixture[str]
) -> None:
    live_server_row(name="org.example/a")

    call_command("check_servers", "--all")

    captured = capsys.readouterr()
    assert "Checking" in captured.err
    assert "Checking" not in captured.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Name the servers to check, or give --all."),
        (["org.example/a", "--all"], "Name the servers to check, or give --all."),
        (["org.example/a", "x/y", "b/c"], "Unknown server: b/c, x/y"),
    ],
)
def test_a_wrong_call_checks_nothing_and_exits_with_2(arguments: list[str], words: str) -> None:
    ServerFactory.create(name="org.example/a")

    with pytest.raises(CommandError, match=words) as caught:
        checked(*arguments)

    assert caught.value.returncode == 2
    assert not Observation.objects.exists()
