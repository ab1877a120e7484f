"""Rings for a task at once, from a request that must not wait for a broker.

A ring carries no work: what is due stands in the database and beat rings for it anyway, so that
a ring that reaches nobody is only a delay.
"""

import logging
from typing import Any

from celery import Task
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

# Seconds that a broker which accepts connections and says nothing may hold up a request.
PATIENCE = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}
# A ring that was not heard within this time (seconds) says no more than beat's next one.
EXPIRES = 60


def ring(task: "Task[[], Any]") -> None:
    """Send ``task`` without arguments; log and go on when the broker does not take it."""
    try:
        # A connection of its own with a short patience: whoever rings has somebody waiting.
        with task.app.connection_for_write(transport_options=PATIENCE) as connection:
            task.app.send_task(task.name, connection=connection, expires=EXPIRES)
    except OperationalError as error:
        logger.warning("%s waits for beat, the broker does not answer: %s", task.name, error)
