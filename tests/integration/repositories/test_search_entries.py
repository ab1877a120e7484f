"""Entries, vectors and due servers: what the constraints guard and what the querysets answer."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import IntegrityError, transaction

from accounts.services import ANONYMOUS, principal_of_user
from search import texts
from search.matches import Kind
from search.models import Embedding, IndexState, SearchEntry, ServerIndexing
from search.querysets import MOST_FAILURES, due_servers
from servers.models import Server, Tool
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import ServerFactory, ToolFactory, administrator

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


def test_entries_are_visible_with_their_server_and_without_vanished_tools() -> None:
    hidden, shown = ServerFactory(enabled=False), ServerFactory()
    vanished = ToolFactory(server=shown, removed_at=NOW)
    visible, secret = entry(shown), entry(hidden)
    entry(shown, vanished)

    root = principal_of_user(administrator())
    assert SearchEntry.objects.visible_to(ANONYMOUS).ids().tolist() == [visible.pk]
    assert SearchEntry.objects.visible_to(root).ids().tolist() == [visible.pk, secret.pk]


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([Kind.SERVER], {"server"}),
        ([Kind.TOOL], {"tool"}),
        (list(Kind), {"server", "tool"}),
        ([], {"tool"}),
    ],
)
def test_entries_of_a_kind(kinds: list[Kind], expected: set[str]) -> None:
    tool = ToolFactory()
    entry(tool.server, None, "server"), entry(tool.server, tool, "tool")

    found = SearchEntry.objects.of_kinds(kinds).values_list("text_hash", flat=True)

    assert set(found) == expected


def test_ids_are_an_ascending_array() -> None:
    entries = [entry(ServerFactory()).pk for _ in range(3)]

    ids = SearchEntry.objects.order_by("-id").ids()

    assert (ids.dtype, ids.tolist()) == (np.int64, entries)


def test_count_and_highest_id_tell_sets_of_entries_apart() -> None:
    assert SearchEntry.objects.count_and_highest() == (0, 0)
    first, second = entry(ServerFactory()), entry(ServerFactory())

    assert SearchEntry.objects.count_and_highest() == (2, second.pk)
    first.delete()
    assert SearchEntry.objects.count_and_highest() == (1, second.pk)


def test_the_vectors_of_entries_are_those_of_the_model_they_are_indexed_with() -> None:
    with_vector, other_model, without_vector = (ServerFactory() for _ in range(3))
    indexed(with_vector), indexed(other_model, model_key="model-b"), indexed(without_vector)
    entries = [entry(with_vector, text_hash="v"), entry(other_model, text_hash="v")]
    entries.append(entry(without_vector, text_hash="none"))
    embedded("v")

    ids = np.array([each.pk for each in entries])
    vectors = SearchEntry.objects.vectors(ids, MODEL)

    assert {pk: vector.tolist() for pk, vector in vectors.items()} == {entries[0].pk: [1.0, 0.0]}


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
