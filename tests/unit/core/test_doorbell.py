"""Ringing for a task: quick, and never a failure of whoever rings."""

from unittest.mock import Mock

import pytest
from celery import Celery
from kombu.exceptions import OperationalError

from registry_site.lib import doorbell


@pytest.fixture
def app() -> Celery:
    return Celery("bells", broker="memory://", set_as_current=False)


def answer() -> None:
    """A task."""


def test_the_task_is_sent_without_arguments(app: Celery) -> None:
    task = app.task(answer, name="answer")

    doorbell.ring(task)

    with app.connection_for_read() as connection:
        message = connection.SimpleQueue("celery").get_nowait()
    assert message.headers["task"] == "answer"
    assert message.headers["expires"] is not None


def test_a_dead_broker_is_logged_and_nothing_else(
    app: Celery, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = app.task(answer, name="answer")
    monkeypatch.setattr(app, "send_task", Mock(side_effect=OperationalError("refused")))

    doorbell.ring(task)

    assert "answer waits for beat, the broker does not answer: refused" in caplog.text
