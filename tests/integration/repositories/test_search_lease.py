"""The lease of the refresh: one holder at a time, whoever is killed."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from search.lease import DURATION, Lease, RefreshIsRunning, refresh_lease
from search.models import IndexState
from tests.fixtures.factories import CREATED_AT as NOW

SECOND = timedelta(seconds=1)


def until() -> object:
    return IndexState.objects.get().lease_until


@pytest.mark.django_db
class TestOneHolder:
    def test_it_is_held_for_the_length_of_the_block(self) -> None:
        with refresh_lease(NOW):
            assert until() == NOW + DURATION
            with pytest.raises(RefreshIsRunning, match="12:00:30 UTC"), refresh_lease(NOW):
                pass
        assert until() is None

    def test_it_is_given_back_when_the_block_fails(self) -> None:
        with pytest.raises(ZeroDivisionError), refresh_lease(NOW):
            _ = 1 / 0
        with refresh_lease(NOW):
            pass

    def test_the_lease_of_a_killed_holder_runs_out(self) -> None:
        assert IndexState.objects.take_lease("killed", now=NOW, until=NOW + DURATION)

        assert not IndexState.objects.take_lease("b", now=NOW + DURATION, until=NOW)
        assert IndexState.objects.take_lease("b", now=NOW + DURATION + SECOND, until=NOW)

    def test_a_holder_that_lost_it_can_neither_renew_nor_release_it(self) -> None:
        with refresh_lease(NOW) as lost:
            other = IndexState.objects.take_lease(
                "other", now=NOW + DURATION + SECOND, until=NOW + 2 * DURATION
            )
            assert other
            with pytest.raises(RefreshIsRunning):
                lost.renew(servers_done=5)
        row = IndexState.objects.get()
        assert (row.lease_token, row.servers_done) == ("other", 0)

    def test_an_overdue_lease_that_nobody_took_is_still_its_holders(self) -> None:
        assert IndexState.objects.take_lease("slow", now=NOW, until=NOW + DURATION)

        assert IndexState.objects.renew_lease("slow", until=NOW + 9 * DURATION, servers_done=3)
        assert IndexState.objects.get().servers_done == 3

    def test_it_is_renewed_only_after_a_third_of_its_time(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with refresh_lease(NOW) as lease:
            for passed, expected in ((9, NOW + DURATION), (11, NOW + DURATION + 11 * SECOND)):
                monkeypatch.setattr(Lease, "now", lambda _, p=passed: NOW + p * SECOND)
                lease.keep()
                assert until() == expected


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_gets_it() -> None:
    IndexState.objects.the_one()
    start = threading.Barrier(8)
    taken: list[bool] = []

    def take(token: str) -> None:
        start.wait()
        taken.append(IndexState.objects.take_lease(token, now=NOW, until=NOW + DURATION))
        connection.close()

    threads = [threading.Thread(target=take, args=(str(n),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == [False] * 7 + [True]
