"""The refresh: search follows the catalogue, embeds nothing twice and survives what goes wrong."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.services import ANONYMOUS
from search import texts
from search.embedding import FloatArray
from search.models import Embedding, IndexState, SearchEntry
from search.querysets import due_servers
from search.services import (
    RefreshReport,
    publish_index,
    refresh_index,
    search,
)
from servers.models import Server
from servers.services import ListedTool, ServerChanges, update_server
from tests.fixtures.embeddings import Recorder, WordHashEmbedder
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import ServerFactory, TagFactory, ToolFactory, tool_definition
from tests.fixtures.listings import record_tools

pytestmark = pytest.mark.django_db


def refresh(*, force: bool = False, minutes: int = 0) -> RefreshReport:
    return refresh_index(now=NOW + timedelta(minutes=minutes), force=force)


def entry_ids() -> set[int]:
    return set(SearchEntry.objects.values_list("pk", flat=True))


# --- What becomes findable ---------------------------------------------------------------------


def test_servers_and_their_current_tools_get_entries_and_vectors() -> None:
    server = ServerFactory(description="Forecasts of rain and sun")
    tool = ToolFactory(server=server, name="convert", description="Exchange of currencies")
    ToolFactory(server=server, removed_at=NOW)

    report = refresh()

    assert (report.servers, report.embedded) == (1, 2)
    assert set(SearchEntry.objects.values_list("server", "tool")) == {
        (server.pk, None),
        (server.pk, tool.pk),
    }
    assert Embedding.objects.filter(model_key="word-hash-64").count() == 2


def test_an_entry_has_the_name_and_the_words_of_what_it_stands_for() -> None:
    server = ServerFactory(name="org.example/sky", description="Forecasts of rain")
    server.aliases.create(word="wx")
    server.tags.add(TagFactory(name="outdoor"))
    ToolFactory(server=server, name="get_tides", description="High and low water")

    refresh()

    of_server, of_tool = SearchEntry.objects.order_by("pk")
    assert (of_server.name, of_tool.name) == ("org.example/sky", "get_tides")
    assert {"sky", "forecasts", "wx", "outdoor"} <= set(of_server.words.split())
    assert {"tides", "water", "wx"} <= set(of_tool.words.split())


def test_more_servers_than_fit_a_batch_are_all_indexed() -> None:
    ServerFactory.create_batch(20)

    assert refresh().servers == 20
    assert not due_servers("word-hash-64").exists()


def test_the_last_changed_servers_come_first() -> None:
    old = ServerFactory(updated_at=NOW)
    new = ServerFactory(updated_at=NOW + timedelta(hours=1))

    assert list(due_servers("word-hash-64")) == [new, old]


# --- What is not done again --------------------------------------------------------------------


def test_without_changes_nothing_is_embedded_or_written(recorder: Recorder) -> None:
    ToolFactory()
    refresh()
    recorder.encoded.clear()
    before = entry_ids()

    report = refresh()

    assert recorder.encoded == []
    assert report == RefreshReport()
    assert entry_ids() == before


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
    assert len(recorder.encoded) == len(set(recorder.encoded))


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

    assert (report.servers, report.embedded) == (1, 0)
    assert entry_ids() == before


@pytest.mark.parametrize(
    "changes", [ServerChanges(aliases=["k8s"]), ServerChanges(labels={"tier": "gold"})]
)
def test_another_mark_is_another_word_to_be_found_by(changes: ServerChanges) -> None:
    server = ServerFactory()
    ToolFactory(server=server)
    refresh()
    before = entry_ids()

    update_server(server=server, changes=changes, now=NOW)
    report = refresh()

    assert report.servers == 1
    entry = SearchEntry.objects.get(tool=None)
    assert entry.pk not in before
    assert {"k8s", "gold"} & set(entry.words.split())


def test_what_changed_only_in_its_words_is_not_embedded_again(recorder: Recorder) -> None:
    server = ServerFactory()
    refresh()
    recorder.encoded.clear()

    update_server(server=server, changes=ServerChanges(labels={"tier": "gold"}), now=NOW)
    report = refresh()

    assert (report.embedded, report.reused) == (0, 1)
    assert recorder.encoded == []


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
    refresh()

    assert SearchEntry.objects.get().tool is None


def test_a_deleted_server_leaves_the_index() -> None:
    keeps, goes = ServerFactory(), ServerFactory()
    refresh()

    goes.delete()
    report = refresh()

    assert report.servers == 0
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

    refresh()

    assert [str(entry) for entry in SearchEntry.objects.all()] == ["org.example/stays"]


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


def test_another_model_makes_every_server_due_and_keeps_entries_and_vectors(
    request: pytest.FixtureRequest,
) -> None:
    ToolFactory()
    refresh()
    before, stamp = entry_ids(), IndexState.objects.entries_stamp()

    request.getfixturevalue("recorder")
    report = refresh()

    assert report.embedded == 2
    assert (entry_ids(), IndexState.objects.entries_stamp()) == (before, stamp)
    for model_key in ("word-hash-64", "recorder-64"):
        assert Embedding.objects.filter(model_key=model_key).count() == 2
    assert not due_servers("recorder-64").exists()


def test_while_a_model_changes_the_old_index_goes_on_being_searched(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The servers follow one by one; the first two batches are done when the third is cut off."""
    with monkeypatch.context() as before:
        before.setattr("search.embedding.ensure_model", WordHashEmbedder)
        before.setattr("search.embedding.ready_model", WordHashEmbedder)
        ServerFactory.create_batch(10, description="Forecasts of rain")
        refresh()
        publish_index(now=NOW)
    monkeypatch.setattr(recorder, "encode", _fails_after(recorder.encode, calls=1))
    with pytest.raises(MemoryError):
        refresh()

    answer = search(principal=ANONYMOUS, query="forecasts of rain")

    assert (len(answer.results), answer.degraded) == (10, False)
    state = IndexState.objects.get()
    assert (state.servers_done, state.servers_total) == (8, 10)
    assert not publish_index(now=NOW).published


def _fails_after(encode: Callable[..., FloatArray], *, calls: int) -> Callable[..., FloatArray]:
    left = iter(range(calls))

    def failing(texts: Sequence[str]) -> FloatArray:
        if next(left, None) is None:
            raise MemoryError
        return encode(texts)

    return failing


def test_another_form_of_texts_makes_every_server_due(monkeypatch: pytest.MonkeyPatch) -> None:
    ServerFactory()
    refresh()

    monkeypatch.setattr(texts, "FORMAT", texts.FORMAT + 1)

    assert refresh().servers == 1
