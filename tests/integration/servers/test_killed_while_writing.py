"""kill -9 of the web process while people register: what was acknowledged is there, and whole."""

import threading
from itertools import count

import httpx
import pytest

from tests.fixtures.stack import eventually
from tests.fixtures.upstream import Upstream

pytestmark = [pytest.mark.slow, pytest.mark.e2e]

KILLS = 3
ACKNOWLEDGED_BETWEEN = 30
WRITERS = 4


class Writers:
    """People who register one server after the other, whatever becomes of the registry."""

    def __init__(self, registry: Upstream) -> None:
        self._registry = registry
        self._numbers = count()
        self._over = threading.Event()
        self.acknowledged: list[str] = []
        self._threads = [threading.Thread(target=self._write) for _ in range(WRITERS)]

    def __enter__(self) -> "Writers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def _write(self) -> None:
        while not self._over.is_set():
            name = f"org.example/written-{next(self._numbers)}"
            try:
                self._registry.register(name)
            except httpx.TransportError:
                self._over.wait(0.05)  # it was killed: the next one
            else:
                self.acknowledged.append(name)


def test_no_acknowledged_registration_is_lost_and_none_is_half_there(upstream: Upstream) -> None:
    with Writers(upstream) as writers:
        for kill in range(1, KILLS + 1):
            enough = kill * ACKNOWLEDGED_BETWEEN
            eventually(lambda wanted=enough: len(writers.acknowledged) >= wanted, within=30)
            upstream.kill()
            upstream.start()

    stored = {name for name, _ in upstream.catalogue()}
    assert set(writers.acknowledged) <= stored
    for name in stored:
        events = upstream.client.get(f"/api/servers/{name}/history").raise_for_status().json()
        assert [event["action"] for event in events["results"]] == ["server.register"]
