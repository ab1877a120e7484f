"""Vectors from an endpoint: asked for in batches, checked, and given up in time."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson
import pytest
from asgiref.sync import sync_to_async
from django.core.management import CommandError, call_command
from pytest_django import Settings

from search import embedding
from search.embedding import ModelNotReady, embedder_of, ensure_model, get_embedder, ready_model
from search.embedding.endpoint import Endpoint
from search.embedding.endpoint_embedder import (
    FOR_BULK,
    EndpointEmbedder,
    Patience,
    TextsRefused,
)
from tests.fixtures.embedding_endpoint import FakeEndpoint, answering
from tests.fixtures.embeddings import WordHashEmbedder

KEY = "a-very-secret-key"
DIMENSION = WordHashEmbedder.dimension


@pytest.fixture
def endpoint(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FakeEndpoint]:
    """The configured endpoint; the models of this process are the real ones."""
    for real in (ready_model, get_embedder, embedder_of, ensure_model):
        monkeypatch.setattr(embedding, real.__name__, real)
    monkeypatch.setattr("search.embedding.endpoint_embedder.FIRST_PAUSE", 0.01)
    settings.MODEL_DIR = tmp_path
    settings.EMBEDDING_MODEL = "text-small"
    settings.EMBEDDING_API_KEY = KEY
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with answering() as endpoint:
        settings.EMBEDDING_URL = endpoint.url
        embedding._query_embedder.cache_clear()
        yield endpoint
    embedding._query_embedder.cache_clear()


def embedder(*, deadline: float = 5.0, attempts: int = 1) -> EndpointEmbedder:
    """The endpoint as it is configured."""
    configured = Endpoint.configured()
    configured.remember(DIMENSION)
    patience = Patience(deadline=deadline, attempts=attempts)
    return EndpointEmbedder(configured, configured.space(), patience=patience)


def test_vectors_come_in_the_order_of_the_texts_and_of_length_1(endpoint: FakeEndpoint) -> None:
    texts = [f"text number {number}" for number in range(5)]

    vectors = embedder().encode(texts)

    assert vectors == pytest.approx(WordHashEmbedder().encode(texts), abs=1e-6)
    assert endpoint.asked == [{"model": "text-small", "input": texts}]
    assert endpoint.authorization == [f"Bearer {KEY}"]


async def test_a_thread_of_a_running_event_loop_may_ask_too(endpoint: FakeEndpoint) -> None:
    vectors = await sync_to_async(embedder().encode)(["rain"])

    assert vectors.shape == (1, DIMENSION)


def test_many_texts_are_asked_for_in_batches(endpoint: FakeEndpoint) -> None:
    texts = [f"text number {number}" for number in range(130)]

    assert embedder().encode(texts).shape == (130, DIMENSION)
    assert [len(asked["input"]) for asked in endpoint.asked] == [64, 64, 2]


def test_the_length_that_is_configured_is_asked_for(
    endpoint: FakeEndpoint, settings: Settings
) -> None:
    settings.EMBEDDING_DIMENSIONS = DIMENSION

    embedder().encode(["rain"])

    assert endpoint.asked[0]["dimensions"] == DIMENSION


@pytest.mark.parametrize("status", [429, 500, 503])
def test_bulk_work_tries_a_busy_endpoint_again(endpoint: FakeEndpoint, status: int) -> None:
    endpoint.statuses = [status, status]

    assert embedder(attempts=3).encode(["rain"]).shape == (1, DIMENSION)
    assert len(endpoint.asked) == 3


def test_bulk_work_waits_as_long_as_it_is_told_to(endpoint: FakeEndpoint) -> None:
    endpoint.statuses = [429]
    endpoint.headers = {"Retry-After": "1"}
    began = time.monotonic()

    embedder(attempts=2).encode(["rain"])

    assert time.monotonic() - began >= 1


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, r"HTTP 401: check EMBEDDING_API_KEY\."),
        (404, r"HTTP 404: check EMBEDDING_URL and EMBEDDING_MODEL\."),
        (302, r"HTTP 302\."),
        (503, r"HTTP 503\."),
    ],
)
def test_a_refusal_is_a_sentence_and_a_query_is_not_tried_again(
    endpoint: FakeEndpoint, status: int, words: str
) -> None:
    endpoint.statuses = [status]

    with pytest.raises(ModelNotReady, match=words) as refused:
        embedder().encode(["rain"])
    assert len(endpoint.asked) == 1
    assert KEY not in str(refused.value)


@pytest.mark.usefixtures("endpoint")
def test_an_unreachable_endpoint_is_said_without_its_address(settings: Settings) -> None:
    settings.OUTBOUND_ALLOW = []

    with pytest.raises(ModelNotReady, match=r"^The embedding endpoint cannot be reached\.$"):
        embedder().encode(["rain"])


def test_an_endpoint_that_says_nothing_is_given_up(endpoint: FakeEndpoint) -> None:
    endpoint.silent = True

    with pytest.raises(ModelNotReady, match=r"did not answer within 0\.2 seconds"):
        embedder(deadline=0.2).encode(["rain"])


def test_a_text_that_is_refused_is_the_texts_fault(endpoint: FakeEndpoint) -> None:
    endpoint.statuses = [400]

    with pytest.raises(TextsRefused, match="HTTP 400"):
        embedder(attempts=3).encode(["rain"])


def rows(*vectors: object) -> bytes:
    return orjson.dumps(
        {"data": [{"index": index, "embedding": each} for index, each in enumerate(vectors)]}
    )


@pytest.mark.parametrize(
    "content",
    [
        b"<html>",
        b"[]",
        b'{"data": 7}',
        b'{"data": [{"index": 1, "embedding": [1]}]}',
        rows(),
        rows([1.0] * 64, [1.0] * 64),
        rows(["a"] * 64),
        rows([None] * 64),
        rows(7),
        rows([]),
        rows([0.0] * 64),
        rows([1.0] * 63),
        rows([1e308] * 64),
        rows([[1.0] * 64]),
    ],
)
def test_an_answer_of_any_content_is_survived(endpoint: FakeEndpoint, content: bytes) -> None:
    endpoint.content = content

    with pytest.raises(ModelNotReady, match="embedding endpoint"):
        embedder().encode(["rain"])


# --- The endpoint as the model of this process -------------------------------------------------


def test_bulk_work_asks_how_long_the_vectors_are_and_all_processes_know(
    endpoint: FakeEndpoint,
) -> None:
    with pytest.raises(ModelNotReady, match="was not asked yet"):
        get_embedder()

    ensure_model()

    assert ready_model().dimension == DIMENSION
    vector = embedding.query_vector(get_embedder(), "rain")
    assert vector == pytest.approx(WordHashEmbedder().encode(["rain"])[0], abs=1e-6)


def test_after_a_failure_queries_are_refused_at_once_until_it_is_tried_again(
    endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_model()
    now = [0.0]
    monkeypatch.setattr("search.embedding.recovering.time.monotonic", lambda: now[-1])
    endpoint.asked.clear()
    endpoint.statuses = [503]
    for seconds in (0.0, 1.0, 4.9):
        now.append(seconds)
        with pytest.raises(ModelNotReady, match="HTTP 503"):
            embedding.query_vector(get_embedder(), "rain")
    assert len(endpoint.asked) == 1

    now.append(embedding.ENDPOINT_REST)

    assert np.linalg.norm(embedding.query_vector(get_embedder(), "rain")) == pytest.approx(1)


def test_preparing_asks_the_endpoint_each_time(
    endpoint: FakeEndpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("prepare_model")
    assert f"is ready, {DIMENSION} dimensions." in capsys.readouterr().out

    endpoint.statuses = [401] * FOR_BULK.attempts
    with pytest.raises(CommandError, match="check EMBEDDING_API_KEY") as refused:
        call_command("prepare_model")
    assert refused.value.returncode == 2


@pytest.mark.usefixtures("endpoint")
def test_preparing_says_what_the_cause_was(settings: Settings) -> None:
    settings.OUTBOUND_ALLOW = []

    with pytest.raises(CommandError, match=r"cannot be reached\. \(127\.0\.0\.1 is loopback"):
        call_command("prepare_model")


@pytest.mark.usefixtures("endpoint")
def test_a_length_that_the_endpoint_does_not_keep_to_is_refused(settings: Settings) -> None:
    settings.EMBEDDING_DIMENSIONS = 32

    with pytest.raises(CommandError, match="EMBEDDING_DIMENSIONS is 32, but"):
        call_command("prepare_model")
