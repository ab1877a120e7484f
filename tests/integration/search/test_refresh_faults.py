"""A refresh among failing models, other processes and changes that come while it works."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from search.embedding import FloatArray, ModelNotReady
from search.models import Embedding, IndexState, SearchEntry, ServerIndexing
from search.querysets import MOST_FAILURES
from search.services import RefreshIsRunning, RefreshReport, refresh_index
from servers.models import Server
from servers.services import ServerChanges, update_server
from tests.fixtures.embeddings import Recorder, WordHashEmbedder
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import ServerFactory, ToolFactory

pytestmark = pytest.mark.django_db


def refresh(*, minutes: int = 0) -> RefreshReport:
    return refresh_index(now=NOW + timedelta(minutes=minutes))


# --- What goes wrong ---------------------------------------------------------------------------


def test_a_text_that_cannot_be_encoded_does_not_keep_the_others_from_it(
    recorder: Recorder,
) -> None:
    ServerFactory.create_batch(3)
    bad = ServerFactory(description="poison")
    recorder.poison = "poison"

    report = refresh()

    assert (report.servers, report.failed) == (3, 1)
    assert ServerIndexing.objects.get(server=bad).last_error == "FloatingPointError: poisoned"


def test_a_server_is_set_aside_after_failing_often_until_it_changes(recorder: Recorder) -> None:
    server = ServerFactory(description="poison")
    recorder.poison = "poison"

    failures = [refresh(minutes=minute).failed for minute in range(MOST_FAILURES + 2)]
    Server.objects.update(description="Cured.", revision=2)

    assert failures == [1] * MOST_FAILURES + [0, 0]
    assert refresh(minutes=9).servers == 1
    indexing = ServerIndexing.objects.get(server=server)
    assert (indexing.failures, indexing.last_error) == (0, "")


def test_a_model_that_encodes_nothing_is_no_servers_fault(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ServerFactory()

    def encode(texts: Sequence[str]) -> FloatArray:
        raise MemoryError

    monkeypatch.setattr(recorder, "encode", encode)
    with pytest.raises(MemoryError):
        refresh()

    assert not ServerIndexing.objects.exists()
    assert IndexState.objects.get().lease_until is None


def test_one_refresh_at_a_time() -> None:
    ServerFactory()
    IndexState.objects.the_one()
    IndexState.objects.update(lease_token="another", lease_until=NOW + timedelta(seconds=5))

    with pytest.raises(RefreshIsRunning, match="12:00:05 UTC"):
        refresh()

    assert not SearchEntry.objects.exists()


def test_who_lost_the_lease_writes_nothing(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ServerFactory()

    def encode(texts: Sequence[str]) -> FloatArray:
        IndexState.objects.update(lease_token="a process that found the lease overdue")
        return WordHashEmbedder.encode(recorder, texts)

    monkeypatch.setattr(recorder, "encode", encode)
    with pytest.raises(RefreshIsRunning):
        refresh()

    assert not Embedding.objects.exists()
    assert not SearchEntry.objects.exists()


def test_an_endpoint_that_is_down_is_no_servers_fault(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ServerFactory.create_batch(2)

    def encode(texts: Sequence[str]) -> FloatArray:
        raise ModelNotReady("The embedding endpoint cannot be reached.")

    monkeypatch.setattr(recorder, "encode", encode)
    with pytest.raises(ModelNotReady):
        refresh()

    assert not ServerIndexing.objects.exists()


# --- What others see of it ---------------------------------------------------------------------


def test_every_write_of_entries_is_seen_by_their_stamp() -> None:
    ServerFactory()
    refresh()
    first = IndexState.objects.entries_stamp()

    server = ServerFactory()
    refresh()
    second = IndexState.objects.entries_stamp()
    update_server(server=server, changes=ServerChanges(monitored=False), now=NOW)
    refresh()

    assert first
    assert second not in ("", first)
    assert IndexState.objects.entries_stamp() == second


def test_progress_counts_what_is_due_and_done() -> None:
    ServerFactory.create_batch(20)

    refresh()

    state = IndexState.objects.get()
    assert (state.servers_done, state.servers_total) == (20, 20)


def test_what_becomes_due_during_a_run_is_done_by_it_though_its_ring_was_refused(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ServerFactory()
    rings: list[type[Exception]] = []

    def encode(texts: Sequence[str]) -> FloatArray:
        if not rings:
            ServerFactory(name="org.example/registered-meanwhile")
            with pytest.raises(RefreshIsRunning) as refused:
                refresh()
            rings.append(refused.type)
        return Recorder.encode(recorder, texts)

    monkeypatch.setattr(recorder, "encode", encode)

    assert refresh().servers == 2
    assert SearchEntry.objects.filter(name="org.example/registered-meanwhile").exists()


def test_a_long_run_takes_first_what_was_registered_meanwhile(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.services.refreshing.LOOK_EVERY", timedelta(0))
    ServerFactory.create_batch(30)
    first_batch: list[str] = []

    def encode(texts: Sequence[str]) -> FloatArray:
        if not first_batch:
            first_batch.append("begun")
            ServerFactory(name="org.example/urgent", updated_at=NOW + timedelta(hours=1))
        return Recorder.encode(recorder, texts)

    monkeypatch.setattr(recorder, "encode", encode)
    refresh()

    order = list(SearchEntry.objects.order_by("pk").values_list("name", flat=True))
    assert 8 <= order.index("org.example/urgent") < 16


def test_following_one_server_among_many_takes_few_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    ServerFactory.create_batch(12)
    refresh()
    ToolFactory(server=ServerFactory())

    with django_assert_max_num_queries(24):
        refresh()
