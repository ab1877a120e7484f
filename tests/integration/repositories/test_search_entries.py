"""Entries, vectors and due servers: what the constraints guard and what the querysets answer."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import IntegrityError, transaction

from search import texts
from search.models import Embedding, IndexState, SearchEntry, ServerIndexing
from search.querysets import MOST_FAILURES, due_servers
from servers.models import Server, Tool
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import ServerFactory, ToolFactory

pytestmark = pytest.mark.django_db

MODEL = "model-a"


def entry(server: Server, tool: Tool | None = None, text_hash: str = "h") -> SearchEntry:
    return SearchEntry.objects.create(server=server, tool=tool, text_hash=text_hash)


def embedded(text_hash: str, *, model_key: str = MODEL, days_ago: int = 0) -> Embedding:
    vector = np.array([1, 0], dtype="<f4").tobytes()
    made = NOW - timedelta(days=days_ago)
    return Embedding.objects.create(
        model_key=model_key, text_hash=text_hash, vector=vector, created_at=made
    )


def indexed(server: Server, **changes: object) -> ServerIndexing:
    columns = {
        "indexed_revision": server.revision,
        "model_key": MODEL,
        "text_format": texts.FORMAT,
    }
    return ServerIndexing.objects.create(server=server, **columns | changes)


# --- Constraints -------------------------------------------------------------------------------


def test_a_server_and_each_tool_have_one_entry_at_most() -> None:
    tool = ToolFactory()
    entry(tool.server), entry(tool.server, tool)

    for repeated in (None, tool):
        with pytest.raises(IntegrityError), transaction.atomic():
            entry(tool.server, repeated, "another text")


def test_a_text_is_embedded_once_a_model() -> None:
    embedded("h"), embedded("h", model_key="model-b")

    with pytest.raises(IntegrityError), transaction.atomic():
        embedded("h")


def test_there_is_one_row_of_index_state() -> None:
    IndexState.objects.the_one()

    with pytest.raises(IntegrityError), transaction.atomic():
        IndexState.objects.create(pk=2)


def test_the_id_of_a_deleted_entry_is_never_used_again() -> None:
    server = ServerFactory()
    first = entry(server)
    first_id = first.pk
    first.delete()

    assert entry(server).pk > first_id


# --- Entries -----------------------------------------------------------------------------------


def test_count_and_highest_id_tell_sets_of_entries_apart() -> None:
    assert SearchEntry.objects.count_and_highest() == (0, 0)
    first, second = entry(ServerFactory()), entry(ServerFactory())

    assert SearchEntry.objects.count_and_highest() == (2, second.pk)
    first.delete()
    assert SearchEntry.objects.count_and_highest() == (1, second.pk)


def test_the_vectors_of_entries_are_those_of_their_texts_under_the_model() -> None:
    first, second, third, fourth = (ServerFactory() for _ in range(4))
    same = [entry(server, text_hash="v").pk for server in (first, second)]
    entry(third, text_hash="none"), entry(fourth, text_hash="other")
    embedded("v"), embedded("other", model_key="model-b")

    vectors = SearchEntry.objects.vectors(MODEL)

    assert {pk: vector.tolist() for pk, vector in vectors.items()} == dict.fromkeys(
        same, [1.0, 0.0]
    )
    without = SearchEntry.objects.without_vector(MODEL)
    assert set(without.values_list("text_hash", flat=True)) == {"none", "other"}


def test_rows_are_all_that_is_known_of_entries() -> None:
    tool = ToolFactory()
    entry(tool.server, tool, text_hash="v")
    SearchEntry.objects.update(name="convert", words="convert euro")
    newer = entry(tool.server, text_hash="none")
    vector = embedded("v").vector

    rows = list(SearchEntry.objects.order_by("id").rows(MODEL))

    assert [bytes(row[-1]) if row[-1] else None for row in rows] == [vector, None]
    assert [row[1:-1] for row in rows] == [
        (tool.server_id, tool.pk, "convert", "convert euro"),
        (tool.server_id, None, "", ""),
    ]
    assert [row[0] for row in SearchEntry.objects.beyond(rows[0][0]).rows(MODEL)] == [newer.pk]


def test_unused_vectors_are_old_and_of_no_entry_or_another_model() -> None:
    entry(ServerFactory(), text_hash="used")
    embedded("used", days_ago=9), embedded("unused", days_ago=1)
    stale = {embedded("unused", days_ago=9, model_key="model-b"), embedded("gone", days_ago=9)}
    stale.add(embedded("used", days_ago=9, model_key="model-b"))

    before = NOW - timedelta(days=5)

    assert set(Embedding.objects.unused(MODEL, before=before)) == stale


# --- Due servers -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "behind", [{"indexed_revision": 0}, {"model_key": "model-b"}, {"text_format": 0}]
)
def test_a_server_is_due_when_its_indexing_is_behind(behind: dict[str, object]) -> None:
    followed, due = ServerFactory(), ServerFactory()
    indexed(followed), indexed(due, **behind)

    assert list(due_servers(MODEL)) == [due]


def test_a_server_without_indexing_is_due_even_if_disabled() -> None:
    server = ServerFactory(enabled=False)

    assert list(due_servers(MODEL)) == [server]


def test_a_server_that_failed_often_is_not_due_until_it_changes() -> None:
    server = ServerFactory()
    indexing = indexed(server, indexed_revision=0)
    for _ in range(MOST_FAILURES):
        assert due_servers(MODEL).exists()
        indexing.note_failure(revision=server.revision, error=ValueError("no"))
    assert not due_servers(MODEL).exists()

    Server.objects.update(revision=server.revision + 1)
    assert due_servers(MODEL).exists()


def test_the_failures_of_an_older_revision_are_forgotten() -> None:
    indexing = indexed(ServerFactory())
    indexing.note_failure(revision=1, error=ValueError("first"))
    indexing.note_failure(revision=2, error=ValueError("x" * 1000))

    indexing.refresh_from_db()

    assert (indexing.failures, indexing.failed_revision) == (1, 2)
    assert indexing.last_error.startswith("ValueError: xxx")
    assert len(indexing.last_error) == 500


def test_servers_are_left_behind_until_they_follow_the_model_or_are_set_aside() -> None:
    follows, lags, fails, was_set_aside, changed = (ServerFactory() for _ in range(5))
    indexed(follows)
    indexed(lags, model_key="model-b")
    for server, failures in ((fails, MOST_FAILURES - 1), (was_set_aside, MOST_FAILURES)):
        indexed(server, model_key="", failed_revision=server.revision, failures=failures)
    indexed(changed, model_key="", failed_revision=changed.revision - 1, failures=MOST_FAILURES)

    behind = ServerIndexing.objects.left_behind(MODEL)

    assert {row.server for row in behind} == {lags, fails, changed}


def test_without_a_row_of_state_the_entries_bear_no_stamp() -> None:
    assert IndexState.objects.entries_stamp() == ""
    IndexState.objects.create(entries_stamp="abc")
    assert IndexState.objects.entries_stamp() == "abc"
