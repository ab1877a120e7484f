"""The refresh: search follows the catalogue, embeds nothing twice and survives what goes wrong."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.services import ANONYMOUS
from search import texts
from search.embedding import FloatArray
from search.index.publication import INDEX_FILE, POINTER_FILE, publish
from search.models import Embedding, IndexState, SearchEntry, ServerIndexing
from search.querysets import MOST_FAILURES, due_servers
from search.services import RefreshIsRunning, RefreshReport, refresh_index, search
from servers.models import Server
from servers.services import ListedTool, ServerChanges, update_server
from tests.fixtures.embeddings import WordHashEmbedder
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import ServerFactory, ToolFactory, tool_definition
from tests.fixtures.listings import record_tools

pytestmark = pytest.mark.django_db


def refresh(*, force: bool = False, minutes: int = 0) -> RefreshReport:
    return refresh_index(now=NOW + timedelta(minutes=minutes), force=force)


def found(query: str) -> list[str]:
    return [hit.name for hit in search(principal=ANONYMOUS, query=query).results]


def entry_ids() -> set[int]:
    return set(SearchEntry.objects.values_list("pk", flat=True))


class Recorder(WordHashEmbedder):
    """Counts what it is asked to encode; breaks on texts that hold ``poison``."""

    model_key = "recorder-64"

    def __init__(self) -> None:
        self.encoded: list[str] = []
        self.poison = ""

    def encode(self, texts: Sequence[str]) -> FloatArray:
        if self.poison and any(self.poison in text for text in texts):
            raise FloatingPointError("poisoned")
        self.encoded += texts
        return super().encode(texts)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    for name in ("get_embedder", "ensure_model", "ready_model"):
        monkeypatch.setattr(f"search.embedding.{name}", lambda: recorder)
    return recorder


# --- What becomes findable ---------------------------------------------------------------------


def test_servers_and_their_current_tools_get_entries_and_are_published() -> None:
    server = ServerFactory(description="Forecasts of rain and sun")
    tool = ToolFactory(server=server, name="convert", description="Exchange of currencies")
    ToolFactory(server=server, removed_at=NOW)

    report = refresh()

    assert (report.servers, report.embedded, report.entries) == (1, 2, 2)
    assert report.published
    assert IndexState.objects.get().published_version == report.version
    assert set(SearchEntry.objects.values_list("server", "tool")) == {
        (server.pk, None),
        (server.pk, tool.pk),
    }
    assert found("exchange currencies")[0] == "convert"


def test_an_empty_catalogue_has_an_index_too() -> None:
    assert refresh().published
    assert not search(principal=ANONYMOUS, query="anything").degraded


def test_more_servers_than_fit_a_batch_are_all_indexed() -> None:
    ServerFactory.create_batch(20)

    assert refresh().servers == 20
    assert not due_servers("word-hash-64").exists()


def test_the_last_changed_servers_come_first() -> None:
    old = ServerFactory(updated_at=NOW)
    new = ServerFactory(updated_at=NOW + timedelta(hours=1))

    assert list(due_servers("word-hash-64")) == [new, old]


# --- What is not done again --------------------------------------------------------------------


def test_without_changes_nothing_is_embedded_or_published(recorder: Recorder) -> None:
    ToolFactory()
    first = refresh()
    recorder.encoded.clear()

    second = refresh()

    assert recorder.encoded == []
    assert not second.published
    assert (second.version, second.entries) == (first.version, 2)


def test_a_sweep_with_nothing_to_do_is_a_few_reads(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    ToolFactory()
    refresh()

    with django_assert_max_num_queries(3) as queries:
        refresh()
    assert all(query["sql"].startswith("SELECT") for query in queries)


def test_equal_texts_are_embedded_once(recorder: Recorder) -> None:
    for name in ("one", "two"):
        server = ServerFactory(name=f"org.{name}/same", description="Same.")
        ToolFactory(server=server, name="same", description="Same.", definition={})

    report = refresh()

    assert (report.embedded, report.reused) == (2, 2)
    assert len(recorder.encoded) == len(set(recorder.encoded)) == 2


def test_only_a_changed_text_is_embedded_and_gets_a_new_entry(recorder: Recorder) -> None:
    server = ServerFactory()
    same, changing = tool_definition("same"), tool_definition("changing")
    record_tools(server_id=server.pk, tools=listed(same, changing), now=NOW)
    refresh()
    before = entry_ids()
    recorder.encoded.clear()

    record_tools(
        server_id=server.pk, tools=listed(same, changing | {"description": "New."}), now=NOW
    )
    report = refresh()

    assert (report.embedded, report.reused) == (1, 2)
    assert recorder.encoded[0].startswith("changing: New.")
    assert len(entry_ids()) == 3
    assert len(entry_ids() - before) == 1
    assert max(entry_ids()) > max(before)


def listed(*definitions: dict[str, object]) -> list[ListedTool]:
    return [ListedTool(definition=definition) for definition in definitions]


def test_a_change_that_no_text_shows_keeps_every_entry() -> None:
    server = ServerFactory()
    refresh()
    before = entry_ids()

    update_server(server=server, changes=ServerChanges(monitored=False), now=NOW)
    report = refresh()

    assert (report.servers, report.embedded, report.published) == (1, 0, False)
    assert entry_ids() == before


def test_force_embeds_everything_again_and_keeps_every_entry(recorder: Recorder) -> None:
    ToolFactory()
    refresh()
    before = entry_ids()

    report = refresh(force=True)

    assert (report.embedded, report.reused) == (2, 0)
    assert entry_ids() == before
    assert Embedding.objects.count() == 2


# --- What disappears ---------------------------------------------------------------------------


def test_a_vanished_tool_loses_its_entry_and_leaves_the_index() -> None:
    server = ServerFactory()
    record_tools(server_id=server.pk, tools=listed(tool_definition("goes")), now=NOW)
    refresh()

    record_tools(server_id=server.pk, tools=[], now=NOW)
    report = refresh()

    assert (report.entries, report.published) == (1, True)


def test_a_deleted_server_leaves_the_index() -> None:
    keeps, goes = ServerFactory(), ServerFactory()
    refresh()

    goes.delete()
    report = refresh()

    assert (report.entries, report.servers, report.published) == (1, 0, True)
    assert SearchEntry.objects.get().server == keeps


def test_a_server_deleted_while_its_texts_are_encoded_is_left_out(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ServerFactory(name="org.example/stays")
    ServerFactory(name="org.example/goes")

    def encode(texts: Sequence[str]) -> FloatArray:
        Server.objects.filter(name="org.example/goes").delete()
        return WordHashEmbedder.encode(recorder, texts)

    monkeypatch.setattr(recorder, "encode", encode)

    assert refresh().entries == 1


def test_a_change_while_texts_are_encoded_leaves_the_server_due(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ServerFactory()
    changes = iter(["Changed meanwhile."])

    def encode(texts: Sequence[str]) -> FloatArray:
        for description in changes:
            update = {"description": description, "revision": 2}
            Server.objects.filter(pk=server.pk).update(**update)
        return Recorder.encode(recorder, texts)

    monkeypatch.setattr(recorder, "encode", encode)
    refresh()

    assert any("Changed meanwhile" in text for text in recorder.encoded)
    server.refresh_from_db()
    assert SearchEntry.objects.get().text_hash == texts.text_hash(texts.server_text(server))


# --- What makes everything due -----------------------------------------------------------------


def test_another_model_makes_every_server_due_and_keeps_the_entries(
    request: pytest.FixtureRequest,
) -> None:
    ToolFactory()
    refresh()
    before = entry_ids()

    request.getfixturevalue("recorder")
    assert search(principal=ANONYMOUS, query="forecast").degraded
    report = refresh()

    assert (report.embedded, report.published) == (2, True)
    assert entry_ids() == before
    assert not search(principal=ANONYMOUS, query="forecast").degraded


def test_another_form_of_texts_makes_every_server_due(monkeypatch: pytest.MonkeyPatch) -> None:
    ServerFactory()
    refresh()

    monkeypatch.setattr(texts, "FORMAT", texts.FORMAT + 1)

    assert refresh().servers == 1


def test_vectors_of_old_texts_are_kept_for_a_while_and_then_deleted() -> None:
    server = ServerFactory()
    refresh()
    for minutes, description in ((1, "Second."), (60 * 24 * 40, "Third.")):
        Server.objects.filter(pk=server.pk).update(description=description, revision=10 + minutes)
        refresh(minutes=minutes)
        if minutes == 1:
            assert Embedding.objects.count() == 2

    assert Embedding.objects.count() == 1


# --- What goes wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["missing", "flipped", "pointer"])
def test_a_damaged_or_missing_index_is_published_again(damage: str, settings: Settings) -> None:
    ServerFactory()
    index_file = settings.INDEX_DIR / refresh().version / INDEX_FILE
    if damage == "missing":
        index_file.unlink()
    elif damage == "flipped":
        index_file.write_bytes(index_file.read_bytes()[:-1] + b"?")
    else:
        (settings.INDEX_DIR / POINTER_FILE).unlink()

    report = refresh(minutes=1)

    assert (report.published, report.embedded) == (True, 0)
    assert not search(principal=ANONYMOUS, query="forecast").degraded


def test_an_index_of_another_database_is_published_again() -> None:
    ServerFactory()
    refresh()
    IndexState.objects.update(published_version="as it was before the restore")

    assert refresh(minutes=1).published


def test_vectors_deleted_by_hand_are_made_again() -> None:
    ServerFactory(), ServerFactory(description="Another.")
    refresh()
    Embedding.objects.all()[:1].get().delete()
    IndexState.objects.update(published_version="")

    partly, wholly = refresh(minutes=1), refresh(minutes=2)

    assert (partly.entries, wholly.entries, wholly.embedded) == (1, 2, 1)


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


@pytest.fixture
def published_sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many entries each index had that was published in the test."""
    sizes: list[int] = []

    def noting(folder: Path, index: object, **facts: object) -> object:
        sizes.append(index.size)  # type: ignore[attr-defined]
        return publish(folder, index, **facts)  # type: ignore[arg-type]

    monkeypatch.setattr("search.services.refreshing.publish", noting)
    return sizes


def test_the_first_index_is_published_after_the_first_batch(published_sizes: list[int]) -> None:
    ServerFactory.create_batch(20)

    refresh()

    assert published_sizes == [8, 20]


def test_a_long_run_publishes_along_the_way(
    published_sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    ServerFactory.create_batch(20)
    monkeypatch.setattr("search.services.refreshing.PUBLISH_EVERY", timedelta(0))

    refresh()

    assert published_sizes == [8, 16, 20]
