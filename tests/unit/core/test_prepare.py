"""What a start checks and decides before anything runs."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest

from scripts import demo_choice, prepare


@pytest.fixture(autouse=True)
def unchanged_process() -> Iterator[None]:
    """``set_defaults`` changes the environment and the umask of the process."""
    environment, umask = dict(os.environ), os.umask(0o022)
    yield
    os.environ.clear()
    os.environ.update(environment)
    os.umask(umask)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """A person at a terminal; ``terminal.side_effect`` is what is typed, line by line."""
    typed = Mock()
    monkeypatch.setattr("builtins.input", typed)
    monkeypatch.setattr("sys.stdin", Mock(isatty=lambda: True))
    return typed


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """In the place of the management commands."""
    command = Mock()
    monkeypatch.setattr(prepare, "call_command", command)
    return command


def test_what_is_set_already_is_kept() -> None:
    os.environ["ROLLCALL_PORT"] = "8123"

    prepare.set_defaults()

    assert os.environ["ROLLCALL_PORT"] == "8123"
    assert os.environ["ROLLCALL_HOST"] == "127.0.0.1"


@pytest.mark.parametrize("value", ["", "abc", "0", "65536", "-1", "８０００", "80.0"])
def test_a_port_that_is_none_is_refused_by_name(value: str) -> None:
    os.environ["ROLLCALL_PORT"] = value

    with pytest.raises(prepare.Refused, match=r"ROLLCALL_PORT is .* use 1 to 65535"):
        prepare.set_defaults()


def test_an_unknown_word_for_the_demonstration_is_refused() -> None:
    os.environ["ROLLCALL_DEMO"] = "maybe"

    with pytest.raises(prepare.Refused, match="neither true, false nor ask"):
        prepare.set_defaults()


def test_the_demonstration_is_offered_once(tmp_path: Path, terminal: Mock) -> None:
    os.environ["ROLLCALL_DEMO"] = "ask"
    terminal.side_effect = ["what?", "n"]

    answers = [prepare.is_demo_wanted(tmp_path), prepare.is_demo_wanted(tmp_path)]

    assert answers == [False, False]
    assert terminal.call_count == 2


def test_enter_takes_the_demonstration(tmp_path: Path, terminal: Mock) -> None:
    os.environ["ROLLCALL_DEMO"] = "ask"
    terminal.side_effect = [""]

    assert prepare.is_demo_wanted(tmp_path)


def test_a_variable_goes_before_the_answer_given_earlier(tmp_path: Path) -> None:
    demo_choice.remember(tmp_path, 9100)
    os.environ["ROLLCALL_DEMO"] = "false"

    assert not prepare.is_demo_wanted(tmp_path)


def test_the_catalogue_is_loaded_once_for_a_port(tmp_path: Path, command: Mock) -> None:
    for port in ("9100", "9100", "9200"):
        os.environ["ROLLCALL_DEMO_PORT"] = port
        prepare.load_demo(tmp_path)

    assert [call.kwargs["live_port"] for call in command.call_args_list] == [9100, 9200]


def test_the_live_servers_stay_on_the_port_of_the_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ROLLCALL_DEMO_PORT", raising=False)
    demo_choice.remember(tmp_path, 9200)

    prepare.settle_demo_port(tmp_path)

    assert os.environ["ROLLCALL_DEMO_PORT"] == "9200"


def test_a_catalogue_that_failed_to_load_is_loaded_the_next_time(
    tmp_path: Path, command: Mock
) -> None:
    os.environ["ROLLCALL_DEMO_PORT"] = "9100"
    command.side_effect = [OSError("disk full"), None]

    with pytest.raises(OSError, match="disk full"):
        prepare.load_demo(tmp_path)
    prepare.load_demo(tmp_path)

    assert command.call_count == 2


def test_the_folder_of_the_sockets_is_closed_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "redis"
    folder.mkdir(mode=0o755)

    prepare.make_private(folder)

    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_link_in_the_place_of_that_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "redis").symlink_to(tmp_path)

    with pytest.raises(prepare.Refused, match="belongs to another user"):
        prepare.make_private(tmp_path / "redis")
