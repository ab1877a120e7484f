"""The log of searches as a running process writes it: by a thread, and at its end."""

import threading
from collections.abc import Sequence
from uuid import uuid4

import pytest
from django.db import connection

from search import write_behind
from search.models import LoggedSearch
from search.services import feedback
from search.write_behind import WriteBehind
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import UserFactory


@pytest.mark.django_db(transaction=True)
def test_a_thread_writes_with_a_connection_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_behind, "PERIOD", 0.001)
    written, connections = threading.Event(), [connection.connection]

    def write(rows: Sequence[LoggedSearch | feedback.NotedUse]) -> list[LoggedSearch]:
        feedback._write(rows)
        connections.append(connection.connection)
        written.set()
        return []

    WriteBehind(write).add(
        LoggedSearch(
            id=uuid4(),
            at=NOW,
            account=UserFactory.create(),
            characters=1,
            words=1,
            filtered=False,
            results=0,
            offset=0,
            degraded=False,
            duration_ms=1.0,
            shown=b"",
        )
    )

    assert written.wait(5)
    assert LoggedSearch.objects.count() == 1
    assert connections[0] is not connections[1]
