"""A changed catalogue rings for a refresh, and the task survives whatever it finds."""

from unittest.mock import Mock

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from registry_site.lib import doorbell
from search import tasks
from search.embedding import ModelNotReady
from search.models import SearchEntry
from search.services import RefreshIsRunning
from servers.services import register_server
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import ServerFactory, document

pytestmark = pytest.mark.django_db


def test_a_registered_server_rings_once_it_is_committed(
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    ring = Mock()
    monkeypatch.setattr(doorbell, "ring", ring)

    with django_capture_on_commit_callbacks() as callbacks:
        register_server(document=document(), now=NOW)
    assert tasks.refresh not in [call.args[0] for call in ring.call_args_list]

    for callback in callbacks:
        callback()
    assert tasks.refresh in [call.args[0] for call in ring.call_args_list]


def test_the_task_indexes_what_is_due_and_may_run_again() -> None:
    ServerFactory()

    for _ in range(2):
        tasks.refresh()

    assert SearchEntry.objects.count() == 1


@pytest.mark.parametrize(
    "reason", [RefreshIsRunning(NOW), ModelNotReady("Another process is preparing the model.")]
)
def test_the_task_leaves_it_to_the_next_ring_when_it_cannot(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, reason: Exception
) -> None:
    monkeypatch.setattr(tasks, "refresh_index", Mock(side_effect=reason))

    with caplog.at_level("INFO", "search"):
        tasks.refresh()

    assert str(reason) in caplog.text
