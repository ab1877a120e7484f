"""A prepared model is used only when its manifest vouches for every file."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from search.checksums import sha256_of
from search.embedding.base import ModelNotReady
from search.embedding.prepared import GRAPH, MANIFEST, load_prepared


@pytest.fixture
def prepared(tmp_path: Path) -> dict[str, Any]:
    """What the manifest in ``tmp_path`` says."""
    (tmp_path / GRAPH).write_bytes(b"a graph")
    manifest = {
        "model_key": "model-a",
        "name": "Model A",
        "dimension": 384,
        "max_tokens": 256,
        "pad_id": 0,
        "exported": True,
        "canary_cosine": 0.99999,
        "files": {GRAPH: sha256_of(tmp_path / GRAPH)},
    }
    (tmp_path / MANIFEST).write_bytes(orjson.dumps(manifest))
    return manifest


def test_it_says_what_the_manifest_says(tmp_path: Path, prepared: dict[str, Any]) -> None:
    model = load_prepared(tmp_path)

    assert (model.model_key, model.dimension, model.folder) == ("model-a", 384, tmp_path)


def test_without_a_manifest_it_is_not_prepared(tmp_path: Path) -> None:
    with pytest.raises(ModelNotReady, match="not prepared yet"):
        load_prepared(tmp_path)


@pytest.mark.usefixtures("prepared")
def test_a_flipped_byte_is_noticed(tmp_path: Path) -> None:
    load_prepared(tmp_path)
    (tmp_path / GRAPH).write_bytes(b"a grapH")

    with pytest.raises(ModelNotReady, match=f"damaged: {GRAPH}"):
        load_prepared(tmp_path)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"files": {}}', b'{"files": 1}'])
def test_a_manifest_of_any_content_is_survived(tmp_path: Path, content: bytes) -> None:
    (tmp_path / MANIFEST).write_bytes(content)

    with pytest.raises(ModelNotReady, match="unreadable"):
        load_prepared(tmp_path)
