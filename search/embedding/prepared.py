"""A model made ready for use: its folder under ``MODEL_DIR`` and the manifest that vouches for it.

Reads only. It must not import torch: web processes load models through this module.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from search.checksums import sha256_of
from search.embedding.base import ModelNotReady

MANIFEST = "manifest.json"
GRAPH = "model.onnx"
TOKENIZER = "tokenizer.json"


@dataclass(frozen=True, kw_only=True)
class PreparedModel:
    """What the manifest says of the model in ``folder``."""

    folder: Path
    model_key: str
    name: str
    dimension: int
    max_tokens: int
    pad_id: int
    # False for a model that does not export: sentence-transformers encodes then.
    exported: bool
    # The worst cosine between both encoders over the canary texts.
    canary_cosine: float


def load_prepared(folder: Path) -> PreparedModel:
    """The model in ``folder``, all its files checked. Raises ``ModelNotReady``."""
    try:
        manifest: dict[str, Any] = orjson.loads((folder / MANIFEST).read_bytes())
        damaged = [
            name for name, sha in manifest["files"].items() if sha256_of(folder / name) != sha
        ]
        facts = {name: manifest[name] for name in _FACTS}
    except FileNotFoundError as error:
        raise ModelNotReady("The embedding model is not prepared yet.") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelNotReady(f"The prepared model in {folder} is unreadable.") from error
    if damaged:
        raise ModelNotReady(f"The prepared model in {folder} is damaged: {', '.join(damaged)}.")
    return PreparedModel(folder=folder, **facts)


_FACTS = tuple(name for name in PreparedModel.__annotations__ if name != "folder")
