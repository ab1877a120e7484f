"""Who rings for a sweep, and that ringing in vain costs nothing."""

import socket
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from healthchecks import services, tasks
from healthchecks.models import ServerHealth
from healthchecks.tasks import sweep
from registry_site.lib import doorbell
from servers.models import Server
from servers.services import (
    ListedTool,
    delete_server,
    register_server,
    update_server,
)
from tests.fixtures.factories import document, tool_definition
from tests.fixtures.listings import record_tools

pytestmark = pytest.mark.django_db

NOW = timezone.now()


class Bell:
    """Notes who is rung for, and sends nothing."""

    def __init__(self) -> None:
        self.rung: list[str] = []

    def ring(self, task: Any) -> None:
        self.rung.append(task.name)

    def rang_for_a_sweep(self) -> bool:
        return sweep.name in self.rung


@pytest.fixture
def bell(monkeypatch: pytest.MonkeyPatch) -> Bell:
    bell = Bell()
    monkeypatch.setattr(doorbell, "ring", bell.ring)
    return bell


@pytest.fixture
def committed(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> Callable[[Callable[[], Any]], Any]:
    """Does something and then what its commit would do."""

    def run(action: Callable[[], Any]) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            return action()

    return run


def registered() -> Server:
    return register_server(document=document(), now=NOW)


@pytest.fixture
def known(committed: Any, bell: Bell) -> Server:
    """A server that was registered and rung for before."""
    server: Server = committed(registered)
    bell.rung.clear()
    return server


def test_a_new_server_is_due_and_rung_for(bell: Bell, committed: Any) -> None:
    server = committed(registered)

    assert ServerHealth.objects.get(server=server).next_check_at is not None
    assert bell.rang_for_a_sweep()


def test_tools_that_a_probe_recorded_ring_for_no_other_probe(
    bell: Bell, committed: Any, known: Server
) -> None:
    tools = [ListedTool(definition=tool_definition())]

    committed(lambda: record_tools(server_id=known.pk, tools=tools, now=NOW))

    assert not bell.rang_for_a_sweep()


def test_a_server_that_is_disabled_rests_at_once(bell: Bell, committed: Any, known: Server) -> None:
    committed(lambda: update_server(server=known, changes={"enabled": False}, now=NOW))

    assert ServerHealth.objects.get().state == "disabled"
    assert not bell.rang_for_a_sweep()


def test_a_server_that_is_enabled_again_is_rung_for(
    bell: Bell, committed: Any, known: Server
) -> None:
    committed(lambda: update_server(server=known, changes={"enabled": False}, now=NOW))
    committed(lambda: update_server(server=known, changes={"enabled": True}, now=NOW))

    assert bell.rang_for_a_sweep()


def test_a_deleted_server_rings_for_nothing(bell: Bell, committed: Any, known: Server) -> None:
    committed(lambda: delete_server(server=known, now=NOW))

    assert not bell.rang_for_a_sweep()


def test_a_broker_that_accepts_and_says_nothing_fails_no_registration(
    committed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"redis://127.0.0.1:{mute.getsockname()[1]}/0"
        monkeypatch.setattr(sweep.app.conf, "broker_write_url", url)
        started = time.monotonic()
        committed(registered)

    assert time.monotonic() - started < 8
    assert ServerHealth.objects.exists()


def test_the_message_goes_to_the_queue_of_probes() -> None:
    with sweep.app.connection_for_write() as connection:
        queue = connection.SimpleQueue("probe")
        queue.clear()
        doorbell.ring(sweep)
        message = queue.get(block=False)

    assert message.headers["task"] == "healthchecks.tasks.sweep"


def test_the_task_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    swept = Mock()
    monkeypatch.setattr(services, "sweep", swept)

    sweep()

    swept.assert_called_once_with(clock=timezone.now)


def test_a_second_sweep_in_the_same_process_leaves_the_work_to_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    swept = Mock(side_effect=lambda clock: tasks.sweep())
    monkeypatch.setattr(services, "sweep", swept)

    sweep()
    assert swept.call_count == 1

    sweep()
    assert swept.call_count == 2
