"""How a process reaches its models: prepared once, opened once, never prepared by a query."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from search import embedding

# The fixtures of the tests replace these in the module; here the real ones are meant.
from search.embedding import ModelNotReady, embedder_of, ensure_model, get_embedder, ready_model
from search.embedding.prepared import PreparedModel
from tests.fixtures.embeddings import WordHashEmbedder

_open = embedding._open
PACKAGED = "all-MiniLM-L6-v2-53aa51172d14"


def prepared(folder: Path) -> PreparedModel:
    return PreparedModel(
        folder=folder,
        model_key=folder.name,
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
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, int]]]:
    """Each model that was opened, and for how many threads; any model is prepared."""
    opened: list[tuple[str, int]] = []

    def open_(model: PreparedModel, *, threads: int) -> WordHashEmbedder:
        opened.append((model.model_key, threads))
        return WordHashEmbedder()

    monkeypatch.setattr(embedding, "_open", open_)
    monkeypatch.setattr(embedding, "load_prepared", prepared)
    monkeypatch.setattr(embedding, "ready_model", ready_model)
    monkeypatch.setattr(embedding, "embedder_of", embedder_of)
    forget_models()
    yield opened
    forget_models()


def forget_models() -> None:
    embedding._query_embedder.cache_clear()
    embedding.forget_bulk_model()


Opened = list[tuple[str, int]]


def test_a_model_is_opened_once_a_process_and_when_it_is_needed(opened: Opened) -> None:
    assert get_embedder() is get_embedder()
    assert opened == []

    for _ in range(2):
        get_embedder().encode(["rain"])

    assert opened == [(PACKAGED, embedding.QUERY_THREADS)]


def test_bulk_work_takes_all_cores(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 16)

    assert ensure_model() is ensure_model()
    assert opened == [(PACKAGED, 16)]


def test_a_broken_model_of_bulk_work_is_opened_anew(opened: Opened) -> None:
    broken = ensure_model()

    embedding.forget_bulk_model()

    assert ensure_model() is not broken


def test_an_index_of_an_earlier_model_is_searched_with_that(opened: Opened) -> None:
    earlier = embedder_of("model-of-yesterday")

    earlier.encode(["rain"])
    get_embedder().encode(["rain"])

    assert earlier.model_key == "model-of-yesterday"
    assert [key for key, _ in opened] == ["model-of-yesterday", PACKAGED]


def test_asking_whether_a_model_is_ready_opens_nothing(opened: Opened) -> None:
    assert ready_model().model_key == PACKAGED
    assert opened == []


@pytest.mark.parametrize("ask", [get_embedder, ready_model, lambda: embedder_of("model-a")])
def test_a_query_never_prepares_a_model(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, ask: Callable[[], Any]
) -> None:
    monkeypatch.setattr(embedding, "load_prepared", not_prepared)

    with pytest.raises(ModelNotReady, match="not prepared yet"):
        ask()
    assert opened == []


def test_a_model_that_was_prepared_meanwhile_is_found(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "load_prepared", not_prepared)
    with pytest.raises(ModelNotReady):
        get_embedder()

    monkeypatch.setattr(embedding, "load_prepared", prepared)

    assert get_embedder().encode(["rain"]).shape == (1, 64)


def test_bulk_work_prepares_a_model_that_is_not_ready(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    targets: list[Path] = []

    def note(source: object, target: Path) -> PreparedModel:
        targets.append(target)
        return prepared(target)

    monkeypatch.setattr(embedding, "load_prepared", not_prepared)
    monkeypatch.setattr("search.embedding.export.export", note)

    ensure_model()

    assert [target.name for target in targets] == [PACKAGED]
    assert len(opened) == 1


def test_a_model_that_did_not_export_is_only_there_while_it_is_configured(
    settings: Settings, tmp_path: Path
) -> None:
    unexported = PreparedModel(**vars(prepared(tmp_path)) | {"exported": False})

    with pytest.raises(ModelNotReady, match="not the configured one any more"):
        _open(unexported, threads=1)
