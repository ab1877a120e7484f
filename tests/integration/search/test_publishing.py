"""Publication: what is in it, which model it goes by, and what goes wrong."""

from datetime import timedelta
from unittest.mock import Mock

import numpy as np
import pytest
from pytest_django import Settings

from search import embedding, texts
from search.corpus import Corpus
from search.embedding import ModelNotReady
from search.index import publication
from search.models import Embedding, IndexState, SearchEntry, ServerIndexing
from search.querysets import MOST_FAILURES, due_servers
from search.services import (
    PublicationIsRunning,
    publishing,
)
from tests.fixtures.embeddings import WordHashEmbedder
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import ToolFactory
from tests.integration.search.entries import MODEL, embed, follow, indexed, vector_of
from tests.integration.search.publications import is_due, publish, published

pytestmark = pytest.mark.django_db

OTHER_MODEL = "other-64"


def cosine(corpus: Corpus, row: int, text: str) -> float:
    return float(corpus.vectors.scores(vector_of(text), np.array([row]))[0])


@pytest.fixture
def other_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on another model is configured."""
    embedder = WordHashEmbedder()
    monkeypatch.setattr(embedder, "model_key", OTHER_MODEL)
    monkeypatch.setattr(embedding, "ready_model", lambda: embedder)


def no_model() -> None:
    raise ModelNotReady("It is not on this disk.")


# --- What is published -------------------------------------------------------------------------


def test_every_entry_is_published_with_all_that_is_known_of_it(settings: Settings) -> None:
    first, second = indexed("rain"), indexed("exchange rates")
    tool = ToolFactory(server=first.server, name="convert")
    SearchEntry.objects.create(
        server=first.server, tool=tool, name="convert", text_hash=second.text_hash, words="euro"
    )

    report = publish()

    manifest, corpus = published(settings)
    assert (report.published, report.entries, report.version) == (True, 3, manifest.version)
    assert (manifest.model_key, manifest.text_format) == (MODEL, texts.FORMAT)
    assert list(corpus.names) == [first.name, second.name, "convert"]
    assert corpus.servers.tolist() == [first.server_id, second.server_id, first.server_id]
    assert corpus.tools.tolist() == [0, 0, tool.pk]
    assert corpus.words.scores({"euro": 1.0}).argmax() == 2
    assert cosine(corpus, 1, "exchange rates") == pytest.approx(1)
    assert cosine(corpus, 2, "exchange rates") == pytest.approx(1)


def test_the_database_knows_what_is_published(settings: Settings) -> None:
    indexed()

    report = publish(minutes=3)

    state = IndexState.objects.get()
    assert state.published_version == report.version
    assert NOW <= state.published_at - timedelta(minutes=3) < NOW + timedelta(minutes=1)
    assert state.publisher_until is None


def test_an_empty_catalogue_has_an_index_too(settings: Settings) -> None:
    assert publish().published
    assert len(published(settings)[1]) == 0


def test_many_entries_are_read_in_parts(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.index.assembly.ROWS_AT_ONCE", 2)
    for word in ("one", "two", "three", "four", "five"):
        indexed(word)

    publish()

    corpus = published(settings)[1]
    assert [round(cosine(corpus, row, "five"), 3) for row in range(5)] == [0, 0, 0, 0, 1]


def test_what_is_right_is_not_published_again_unless_forced() -> None:
    indexed()
    first = publish()

    second, third = publish(minutes=1), publish(minutes=2, force=True)

    assert (second.published, second.version, second.entries) == (False, first.version, 1)
    assert third.published
    assert third.version != first.version


@pytest.mark.parametrize("change", ["new", "gone", "server gone"])
def test_whatever_differs_is_published(change: str) -> None:
    entries = [indexed("one"), indexed("two")]
    publish()

    if change == "new":
        indexed("three")
    elif change == "gone":
        entries[0].delete()
    else:
        entries[1].server.delete()

    assert publish(minutes=1).published
    assert not publish(minutes=2).published


def test_entries_of_another_form_of_texts_are_published_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    indexed()
    publish()

    monkeypatch.setattr(texts, "FORMAT", texts.FORMAT + 1)

    assert publish(minutes=1).published
    assert not publish(minutes=2).published


# --- Entries without a vector ------------------------------------------------------------------


def test_an_entry_without_a_vector_is_found_by_its_words(settings: Settings) -> None:
    indexed("rain"), indexed("snow", model=None)

    publish()

    manifest, corpus = published(settings)
    assert (manifest.count, manifest.without_vector) == (2, 1)
    assert corpus.words.scores({"snow": 1.0})[1] > 0
    assert cosine(corpus, 1, "snow") == 0


def test_its_server_becomes_due_and_its_vector_is_published() -> None:
    indexed("rain")
    lost = indexed("snow", model=None)
    publish()
    assert list(due_servers(MODEL)) == [lost.server]
    assert not publish(minutes=1).published

    embed(lost)

    assert is_due(seconds=70)
    assert publish(minutes=2).published


def test_a_vector_of_another_length_counts_as_none(settings: Settings) -> None:
    entry = indexed("rain")
    Embedding.objects.filter(text_hash=entry.text_hash).update(vector=b"1234")

    publish()

    assert published(settings)[0].without_vector == 1


# --- Another model -----------------------------------------------------------------------------


def test_until_every_server_follows_another_model_the_old_one_stays(
    settings: Settings, request: pytest.FixtureRequest
) -> None:
    slow, quick = indexed("rain"), indexed("snow")
    publish()
    request.getfixturevalue("other_model")
    new = indexed("hail", model=OTHER_MODEL)
    embed(quick, model=OTHER_MODEL)
    follow(quick.server, model=OTHER_MODEL)

    assert not is_due(seconds=1)
    publish(minutes=2)
    manifest, corpus = published(settings)
    assert (manifest.model_key, manifest.without_vector) == (MODEL, 1)
    assert cosine(corpus, 1, "snow") == pytest.approx(1)

    embed(slow, model=OTHER_MODEL)
    follow(slow.server, model=OTHER_MODEL)
    assert is_due(seconds=130)
    publish(minutes=3)
    manifest, corpus = published(settings)
    assert (manifest.model_key, manifest.without_vector) == (OTHER_MODEL, 0)
    assert corpus.ids.tolist() == [slow.pk, quick.pk, new.pk]


def test_a_server_that_was_set_aside_holds_nothing_up(
    settings: Settings, request: pytest.FixtureRequest
) -> None:
    server = indexed().server
    publish()
    request.getfixturevalue("other_model")
    assert not is_due(seconds=1)

    ServerIndexing.objects.filter(server=server).update(
        failed_revision=server.revision, failures=MOST_FAILURES
    )

    assert is_due(seconds=1)
    publish(minutes=1)
    assert published(settings)[0].model_key == OTHER_MODEL


def test_without_a_model_what_was_published_says_which_vectors_to_take(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without_index:
        without_index.setattr(embedding, "ready_model", no_model)
        with pytest.raises(ModelNotReady):
            publish()
    indexed("rain")
    publish()
    monkeypatch.setattr(embedding, "ready_model", no_model)
    indexed("snow")

    assert publish(minutes=1).published
    assert published(settings)[0].model_key == MODEL


def test_vectors_that_nobody_needs_are_kept_for_a_while_and_then_deleted() -> None:
    kept, gone = indexed("rain"), indexed("snow")
    embed(kept, model=OTHER_MODEL)
    gone.delete()

    publish()
    assert Embedding.objects.count() == 3

    publish(minutes=60 * 24 * 40, force=True)
    assert list(Embedding.objects.values_list("model_key", "text_hash")) == [
        (MODEL, kept.text_hash)
    ]


# --- What goes wrong ---------------------------------------------------------------------------


def test_one_publication_at_a_time_whoever_refreshes() -> None:
    IndexState.objects.the_one()
    IndexState.objects.update(lease_token="a refresh", lease_until=NOW + timedelta(seconds=5))
    assert publish().published

    indexed()
    IndexState.objects.update(publisher_token="another", publisher_until=NOW)
    with pytest.raises(PublicationIsRunning, match="is publishing .* 12:00:00 UTC"):
        publish()


def test_who_finds_it_published_when_it_is_its_turn_leaves_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lease = publishing.publisher_lease

    def wait_for_lease(now: object) -> object:
        monkeypatch.setattr(publishing, "publisher_lease", lease)
        publish()  # another process
        return lease(NOW)

    monkeypatch.setattr(publishing, "publisher_lease", wait_for_lease)

    assert not publish().published


def test_who_lost_the_lease_publishes_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = publish().version
    indexed()
    build = publishing.columns_of

    def build_slowly(*arguments: object, **named: object) -> object:
        IndexState.objects.update(publisher_token="a process that found the lease overdue")
        return build(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(publishing, "columns_of", build_slowly)
    with pytest.raises(PublicationIsRunning):
        publish(minutes=1)

    assert published(settings)[0].version == version == IndexState.objects.get().published_version


def test_a_full_disk_leaves_what_was_published(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = publish().version
    indexed()
    with monkeypatch.context() as full:
        full.setattr(publication, "durable_folder", Mock(side_effect=OSError("No space left")))
        with pytest.raises(OSError, match="No space left"):
            publish(minutes=1)

    assert published(settings)[0].version == version
    assert publish(minutes=2).published
