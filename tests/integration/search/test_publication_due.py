"""When it is time to publish, and the task that finds out."""

from unittest.mock import Mock

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from registry_site.lib import doorbell
from search import tasks
from search.embedding import ModelNotReady
from search.index.corpus_files import ENTRIES_FILE, NAMES_FILE, VECTORS_FILE, WORDS_FILE
from search.index.publication import MANIFEST_FILE, POINTER_FILE
from search.models import IndexState
from search.services import (
    PublicationIsRunning,
    RefreshReport,
    publishing,
)
from tests.fixtures.factories import CREATED_AT as NOW
from tests.integration.search.entries import indexed
from tests.integration.search.publications import is_due, publish, published

pytestmark = pytest.mark.django_db

EVERY_FILE = [VECTORS_FILE, ENTRIES_FILE, NAMES_FILE, WORDS_FILE, MANIFEST_FILE, POINTER_FILE]


# --- When it is time ---------------------------------------------------------------------------


def test_where_there_is_no_index_it_is_time_at_once() -> None:
    assert is_due()
    publish()
    assert not is_due()


def test_what_little_is_new_waits_a_minute() -> None:
    publish()
    indexed()

    assert not is_due(seconds=50)
    assert is_due(seconds=70)


def test_when_nothing_differs_it_is_never_time() -> None:
    indexed()
    publish()

    assert not is_due(seconds=10**6)


@pytest.mark.parametrize(
    ("much", "part", "due"), [(3, 0.01, True), (4, 0.01, False), (1, 2, False)]
)
def test_when_much_is_new_it_is_time_at_once(
    monkeypatch: pytest.MonkeyPatch, much: int, part: float, due: bool
) -> None:
    monkeypatch.setattr(publishing, "MUCH_FRESH", much)
    monkeypatch.setattr(publishing, "MUCH_FRESH_PART", part)
    indexed("one"), indexed("two")
    publish()

    for word in ("three", "four", "five"):
        indexed(word)

    assert is_due() is due


def test_to_find_out_is_a_few_reads(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    indexed()
    publish()

    with django_assert_max_num_queries(4) as queries:
        assert not is_due(seconds=70)
    assert all(query["sql"].startswith("SELECT") for query in queries)


@pytest.mark.parametrize("name", EVERY_FILE)
@pytest.mark.parametrize("damage", ["missing", "flipped"])
def test_a_damaged_index_is_published_again_at_once(
    settings: Settings, name: str, damage: str
) -> None:
    indexed()
    folder = settings.INDEX_DIR
    path = folder / (name if name == POINTER_FILE else f"{publish().version}/{name}")
    if name == POINTER_FILE:
        publish()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"?")

    assert is_due(seconds=1)
    assert publish(minutes=1).published
    assert len(published(settings)[1]) == 1


def test_an_index_of_another_database_is_published_again_at_once() -> None:
    indexed()
    publish()
    IndexState.objects.update(published_version="as it was before the restore")

    assert is_due(seconds=1)
    assert publish(minutes=1).published


# --- The task ----------------------------------------------------------------------------------


def test_the_task_publishes_when_it_is_time(settings: Settings) -> None:
    tasks.publish()
    version = published(settings)[0].version

    indexed()
    tasks.publish()

    assert published(settings)[0].version == version


@pytest.mark.parametrize("reason", [PublicationIsRunning(NOW), ModelNotReady("Not on this disk.")])
def test_the_task_leaves_it_to_the_next_ring_when_it_cannot(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, reason: Exception
) -> None:
    monkeypatch.setattr(tasks, "publish_index", Mock(side_effect=reason))

    with caplog.at_level("INFO", "search"):
        tasks.publish()

    assert str(reason) in caplog.text


@pytest.mark.parametrize("servers", [0, 1])
def test_a_refresh_that_did_something_rings_for_publication(
    monkeypatch: pytest.MonkeyPatch, servers: int
) -> None:
    ring = Mock()
    monkeypatch.setattr(doorbell, "ring", ring)
    monkeypatch.setattr(tasks, "refresh_index", lambda now: RefreshReport(servers=servers))

    tasks.refresh()

    assert [call.args for call in ring.call_args_list] == [(tasks.publish,)] * servers
