"""A model that fails is left alone for a while and opened anew, without a restart."""

from collections.abc import Sequence

import numpy as np
import pytest

from search.embedding import FloatArray, ModelNotReady
from search.embedding.recovering import RecoveringEmbedder
from tests.fixtures.embeddings import WordHashEmbedder


class Model(WordHashEmbedder):
    """Fails with ``error`` as long as there is one."""

    def __init__(self) -> None:
        self.opened = 0
        self.asked = 0
        self.error: Exception | None = None

    def open(self) -> "Model":
        self.opened += 1
        return self

    def encode(self, texts: Sequence[str]) -> FloatArray:
        self.asked += 1
        if self.error:
            raise self.error
        return super().encode(texts)


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock: what stands last in it is the time."""
    seconds = [0.0]
    monkeypatch.setattr("search.embedding.recovering.time.monotonic", lambda: seconds[-1])
    return seconds


def recovering(model: Model) -> RecoveringEmbedder:
    return RecoveringEmbedder(WordHashEmbedder(), model.open, rest=10)


def test_it_is_opened_when_it_is_first_needed_and_once(model: Model) -> None:
    embedder = recovering(model)
    assert model.opened == 0

    for _ in range(2):
        assert embedder.encode(["rain"]).shape == (1, 64)

    assert (embedder.model_key, embedder.dimension) == ("word-hash-64", 64)
    assert model.opened == 1


@pytest.mark.usefixtures("seconds")
def test_whatever_it_fails_with_is_a_model_that_is_not_ready(model: Model) -> None:
    model.error = MemoryError("of no interest to who searches")

    with pytest.raises(ModelNotReady, match="failed; it is tried again"):
        recovering(model).encode(["rain"])


def test_it_rests_and_is_then_opened_anew(model: Model, seconds: list[float]) -> None:
    embedder = recovering(model)
    model.error = ModelNotReady("The endpoint cannot be reached.")
    for second in (0.0, 5.0, 9.9):
        seconds.append(second)
        with pytest.raises(ModelNotReady, match="cannot be reached"):
            embedder.encode(["rain"])
    assert (model.opened, model.asked) == (1, 1)

    model.error = None
    seconds.append(10.0)

    assert embedder.encode(["rain"]).shape == (1, 64)
    assert model.opened == 2


def test_one_that_does_not_open_rests_too(seconds: list[float]) -> None:
    attempts = []

    def open_() -> WordHashEmbedder:
        attempts.append(seconds[-1])
        raise OSError("no memory")

    embedder = RecoveringEmbedder(WordHashEmbedder(), open_, rest=10)
    for second in (0.0, 1.0, 12.0):
        seconds.append(second)
        with pytest.raises(ModelNotReady):
            embedder.encode(["rain"])

    assert attempts == [0.0, 12.0]


@pytest.mark.parametrize("broken", [np.full((1, 64), np.nan), np.ones((1, 63)), np.ones((2, 64))])
@pytest.mark.usefixtures("seconds")
def test_vectors_that_are_none_are_a_failure(
    model: Model, monkeypatch: pytest.MonkeyPatch, broken: FloatArray
) -> None:
    monkeypatch.setattr(model, "encode", lambda texts: broken)

    with pytest.raises(ModelNotReady):
        recovering(model).encode(["rain"])


def test_the_log_hears_of_it_once_a_minute(
    model: Model, seconds: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    embedder = recovering(model)
    model.error = ValueError("what it really was")
    for second in range(0, 100, 11):
        seconds.append(float(second))
        with pytest.raises(ModelNotReady):
            embedder.encode(["rain"])

    assert len(caplog.records) == 2
    assert "what it really was" in caplog.text
