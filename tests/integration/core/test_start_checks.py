"""What a start asks the machine: is the port free?"""

import socket

import pytest

from scripts.prepare import Refused, check_port
from scripts.web import listening_socket


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    """A port that was free a moment ago, named by ``ROLLCALL_PORT``."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        number: int = server.getsockname()[1]
    monkeypatch.setenv("ROLLCALL_PORT", str(number))
    return number


def test_a_free_port_passes(port: int) -> None:
    check_port(host="127.0.0.1", variable="ROLLCALL_PORT")


def test_a_taken_port_is_refused_with_what_to_do(port: int) -> None:
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(Refused, match=f"127.0.0.1:{port} .* set ROLLCALL_PORT to another port"),
    ):
        check_port(host="127.0.0.1", variable="ROLLCALL_PORT")


def test_a_port_of_another_rollcall_is_taken_too(port: int) -> None:
    """Web processes share their port among themselves, but not with a second instance."""
    web = listening_socket(host="127.0.0.1", port=port)
    web.listen()

    with pytest.raises(Refused):
        check_port(host="127.0.0.1", variable="ROLLCALL_PORT")

    web.close()


def test_several_web_processes_share_a_port(port: int) -> None:
    first = listening_socket(host="127.0.0.1", port=port)
    second = listening_socket(host="127.0.0.1", port=port)

    assert first.getsockname() == second.getsockname()

    first.close()
    second.close()


def test_an_address_of_another_machine_is_refused(port: int) -> None:
    with pytest.raises(Refused, match="Cannot listen on 192.0.2.1"):
        check_port(host="192.0.2.1", variable="ROLLCALL_PORT")
