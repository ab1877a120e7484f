"""The real model: exported once, checked, and encoded by onnxruntime as by its original."""

import os
import shutil
import subprocess  # noqa: TID251 - only a fresh interpreter shows what is imported
import sys
from pathlib import Path

import numpy as np
import pytest
from pytest_django import Settings

from search import embedding
from search.embedding import Embedder, ModelNotReady, export, packaged
from search.embedding.prepared import GRAPH, TOKENIZER

pytestmark = [pytest.mark.requires_models, pytest.mark.slow]

TEXTS = ["what is the hour in another country", "convert_time: Convert time between zones.", ""]


def test_vectors_have_length_1_and_do_not_depend_on_their_company(real_embedder: Embedder) -> None:
    together = real_embedder.encode([*TEXTS, "long text " * 400])
    alone = np.concatenate([real_embedder.encode([text]) for text in TEXTS])

    assert together.dtype == np.float32
    assert together.shape == (4, 384)
    assert np.linalg.norm(together, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.sum(together[:3] * alone, axis=1) == pytest.approx(1, abs=1e-5)


def test_no_texts_are_no_vectors(real_embedder: Embedder) -> None:
    assert real_embedder.encode([]).shape == (0, 384)


def test_it_agrees_with_sentence_transformers(real_embedder: Embedder) -> None:
    from search.embedding.sentence_transformer_embedder import (
        SentenceTransformerEmbedder,
        load_model,
    )

    model = load_model(packaged.packaged_folder(), threads=1)
    original = SentenceTransformerEmbedder(model, model_key=packaged.KEY)

    assert (original.model_key, original.dimension) == (packaged.KEY, real_embedder.dimension)
    cosines = np.sum(original.encode(TEXTS) * real_embedder.encode(TEXTS), axis=1)
    assert cosines.min() >= 0.9999


def test_paraphrases_are_near(real_embedder: Embedder) -> None:
    query, near, far = real_embedder.encode([*TEXTS[:2], "charge_card: Take money from a card."])

    assert query @ near > query @ far + 0.2


def test_a_damaged_export_is_made_again(
    real_embedder: Embedder, settings: Settings, tmp_path: Path
) -> None:
    shutil.copytree(settings.MODEL_DIR / packaged.KEY, tmp_path / packaged.KEY)
    settings.MODEL_DIR = tmp_path
    with (tmp_path / packaged.KEY / GRAPH).open("r+b") as graph:
        graph.seek(1_000_000)
        graph.write(b"\xff")
    with pytest.raises(ModelNotReady, match="damaged"):
        embedding.get_embedder()

    embedding.ensure_model()

    assert embedding.ready_model().dimension == 384


def test_a_model_that_does_not_export_stays_on_sentence_transformers(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MODEL_DIR = tmp_path / "models"
    settings.EMBEDDING_MODEL = str(tmp_path / "without-tokenizer-file")
    shutil.copytree(
        packaged.packaged_folder(),
        settings.EMBEDDING_MODEL,
        ignore=shutil.ignore_patterns(TOKENIZER),
    )

    embedder = embedding.ensure_model()

    assert type(embedder).__name__ == "SentenceTransformerEmbedder"
    assert embedding.get_embedder().encode(TEXTS).shape == (3, 384)
    assert not (settings.MODEL_DIR / embedder.model_key / GRAPH).exists()


def test_a_graph_that_differs_is_not_used(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MODEL_DIR = tmp_path / "models"
    monkeypatch.setattr(export, "LEAST_COSINE", 1.1)

    export.export(embedding.configured_source(), settings.MODEL_DIR / "refused")

    assert [path.name for path in (settings.MODEL_DIR / "refused").iterdir()] == ["manifest.json"]


def test_one_process_prepares_at_a_time(tmp_path: Path) -> None:
    with export._alone(tmp_path), pytest.raises(ModelNotReady, match="Another process"):
        export.export(embedding.configured_source(), tmp_path / "model")

    assert not (tmp_path / "model").exists()


def test_a_query_needs_no_torch_and_reports_to_nobody(
    real_embedder: Embedder, settings: Settings, tmp_path: Path
) -> None:
    program = f"""
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
from django.conf import settings
from pathlib import Path
settings.MODEL_DIR = Path({str(settings.MODEL_DIR)!r})
from search import embedding
assert embedding.get_embedder().encode(["a query"]).shape == (1, 384)
assert not {{"torch", "transformers", "sentence_transformers"}} & set(sys.modules)
"""
    home = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}

    subprocess.run([sys.executable, "-c", program], check=True, timeout=60, env=home)  # noqa: S603

    # Where onnxruntime keeps what it is going to report.
    assert not (tmp_path / ".cache" / "Microsoft").exists()
