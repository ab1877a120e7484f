"""How a process reaches its model: prepared once, loaded once, never by a query."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from search import embedding

# The fixtures of the tests replace these in the module; here the real ones are meant.
from search.embedding import ModelNotReady, ensure_model, export, get_embedder, ready_model
from search.embedding.prepared import PreparedModel
from tests.fixtures.embeddings import WordHashEmbedder


def prepared(folder: Path) -> PreparedModel:
    return PreparedModel(
        folder=folder,
        model_key="model-a",
        name="Model A",
        dimension=64,
        max_tokens=256,
        pad_id=0,
        exported=True,
        canary_cosine=1.0,
    )


def not_prepared(folder: Path) -> PreparedModel:
    raise ModelNotReady("The embedding model is not prepared yet.")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of threads of every model that was opened."""
    opened: list[int] = []

    def open_(source: object, model: object, *, threads: int) -> WordHashEmbedder:
        opened.append(threads)
        return WordHashEmbedder()

    monkeypatch.setattr(embedding, "_open", open_)
    monkeypatch.setattr(embedding, "_loaded", {})
    monkeypatch.setattr(embedding, "load_prepared", prepared)
    return opened


def test_a_model_is_loaded_once_a_process(opened: list[int]) -> None:
    assert get_embedder() is get_embedder()
    assert opened == [embedding.QUERY_THREADS]


def test_bulk_work_takes_all_cores(opened: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 16)

    assert ensure_model() is not get_embedder()
    assert opened == [16, embedding.QUERY_THREADS]


def test_asking_whether_a_model_is_ready_opens_nothing(opened: list[int]) -> None:
    assert ready_model().model_key == "model-a"
    assert opened == []


@pytest.mark.parametrize("ask", [get_embedder, ready_model])
def test_a_query_never_prepares_a_model(
    opened: list[int], monkeypatch: pytest.MonkeyPatch, ask: Callable[[], Any]
) -> None:
    monkeypatch.setattr(embedding, "load_prepared", not_prepared)

    with pytest.raises(ModelNotReady, match="not prepared yet"):
        ask()
    assert opened == []


def test_bulk_work_prepares_a_model_that_is_not_ready(
    opened: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    targets: list[Path] = []

    def note(source: object, target: Path) -> PreparedModel:
        targets.append(target)
        return prepared(target)

    monkeypatch.setattr(embedding, "load_prepared", not_prepared)
    monkeypatch.setattr(export, "export", note)

    ensure_model()

    assert [target.name for target in targets] == ["all-MiniLM-L6-v2-53aa51172d14"]
    assert len(opened) == 1


def test_the_vector_of_a_query_is_remembered_and_cannot_be_changed() -> None:
    embedder = WordHashEmbedder()

    vector = embedding.query_vector(embedder, "rain")

    assert embedding.query_vector(embedder, "rain") is vector
    with pytest.raises(ValueError, match="read-only"):
        vector[0] = 1
    assert np.linalg.norm(vector) == pytest.approx(1)
