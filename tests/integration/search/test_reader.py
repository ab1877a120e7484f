"""What a process searches, read from the database: what is published and what is newer."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from search.index import reader
from search.index.reader import Corpora
from search.models import Embedding, IndexState, SearchEntry
from search.services import publish_index
from tests.fixtures.embeddings import WordHashEmbedder
from tests.fixtures.factories import CREATED_AT as NOW
from tests.fixtures.factories import ServerFactory

pytestmark = pytest.mark.django_db


def written(text: str) -> SearchEntry:
    """An entry of a new server with its vector, and the stamp that says so."""
    embedder = WordHashEmbedder()
    entry = SearchEntry.objects.create(
        server=ServerFactory(), text_hash=text, name=text, words=text
    )
    vector = embedder.encode([text])[0].tobytes()
    Embedding.objects.create(
        model_key=embedder.model_key, text_hash=text, vector=vector, created_at=NOW
    )
    IndexState.objects.update_or_create(pk=1, defaults={"entries_stamp": text})
    return entry


def names(corpora: Corpora) -> tuple[list[str], list[str]]:
    return list(corpora.published.names), list(corpora.fresh.names)


def test_what_is_newer_is_there_with_the_next_query() -> None:
    written("rain")
    publish_index(now=NOW)
    assert names(reader.corpora()) == (["rain"], [])

    written("snow"), written("hail")

    corpora = reader.corpora()
    assert names(corpora) == (["rain"], ["snow", "hail"])
    query = WordHashEmbedder().encode(["hail"])[0]
    assert corpora.fresh.vectors.nearest(query, 1, corpora.fresh.alive).tolist() == [1]


def test_once_it_is_published_it_is_no_longer_newer() -> None:
    publish_index(now=NOW)
    written("rain")
    assert names(reader.corpora()) == ([], ["rain"])

    publish_index(now=NOW)

    assert names(reader.corpora()) == (["rain"], [])


def test_an_entry_that_vanished_is_no_longer_newer() -> None:
    publish_index(now=NOW)
    written("rain").delete()
    written("snow")

    assert names(reader.corpora()) == ([], ["snow"])


def test_a_query_costs_one_read_when_nothing_changed(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    publish_index(now=NOW)
    written("rain")
    reader.corpora()

    with django_assert_num_queries(1):
        reader.corpora()


def test_a_change_costs_two_reads_more() -> None:
    publish_index(now=NOW)
    written("rain")
    reader.corpora()
    written("snow")

    with CaptureQueriesContext(connection) as queries:
        reader.corpora()

    # The stamp once more, by the one thread that follows the change.
    assert len(queries) == 4
