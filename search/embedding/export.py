"""Makes a sentence-transformers model ready: exports it to ONNX once and checks the result.

Runs in the process that indexes or prepares, never in a web process: it imports torch.
"""

import fcntl
import logging
import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import orjson

from search.checksums import sha256_of
from search.durable_folders import durable_folder, remove_unfinished
from search.embedding.base import ModelNotReady
from search.embedding.prepared import GRAPH, MANIFEST, TOKENIZER, PreparedModel, load_prepared
from search.embedding.source import ModelSource

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)

# What the exported graph must agree on with the original: empty, short, long, not English, odd.
CANARY_TEXTS = [
    "",
    "what is the hour in another country",
    "create issue. Open a new issue in a repository. Arguments: title, body, labels.",
    "Liefert das Wetter für morgen; 明日の天気; погода на завтра 🌦",
    "a.b_c-d/e(f)[g]{h} <i> && 12345.678 %$#@!",
    "Search the archive for papers by author, title and year of publication. " * 60,
]
LEAST_COSINE = 0.9999
TENSORS = ("input_ids", "attention_mask", "token_type_ids")


class DoesNotExport(Exception):
    """This model cannot become an ONNX graph that gives the same vectors."""


def export(source: ModelSource, target: Path) -> PreparedModel:
    """Prepare ``source`` in ``target`` and return it.

    A model that does not export is prepared too: its manifest then says that sentence-transformers
    encodes. Raises ``ModelNotReady`` when the model is not the official one or when another
    process is at it.
    """
    source.verify()
    with _alone(target.parent):
        remove_unfinished(target.parent)
        shutil.rmtree(target, ignore_errors=True)  # only a damaged one can be there
        with durable_folder(target) as folder:
            _fill(folder, source)
        return load_prepared(target)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One export at a time. The kernel lets go of the lock when its process dies."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ModelNotReady("Another process is preparing the embedding model.") from error
        yield


def _fill(folder: Path, source: ModelSource) -> None:
    from search.embedding.sentence_transformer_embedder import dimension_of, load_model

    model = load_model(source.folder, threads=os.cpu_count() or 1)
    facts = PreparedModel(
        folder=folder,
        model_key=source.key,
        name=source.name,
        dimension=dimension_of(model),
        max_tokens=model.max_seq_length or 256,
        pad_id=getattr(model.tokenizer, "pad_token_id", None) or 0,
        exported=True,
        canary_cosine=1.0,
    )
    try:
        _write_graph(model, folder)
        _write_tokenizer(source, folder)
        manifest = _manifest(facts, canary_cosine=_checked_cosine(model, facts))
    except DoesNotExport as error:
        logger.warning("%s stays on sentence-transformers: %s", source.name, error)
        _remove_files(folder)
        manifest = _manifest(facts, exported=False)
    (folder / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))


def _write_graph(model: "SentenceTransformer", folder: Path) -> None:
    """Transformer, pooling and normalisation as one graph with free batch and length."""
    import torch

    class Graph(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            embedding = self.model(dict(zip(names, tensors, strict=True)))["sentence_embedding"]
            return torch.nn.functional.normalize(embedding, p=2, dim=1)

    features = model.preprocess(["two texts", "of which one is a little longer"])
    names = [name for name in TENSORS if name in features]
    # The exporter warns of itself (it is the old one, and its traces do not hold for every shape);
    # whether this trace holds is what the canary texts tell.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            torch.onnx.export(
                Graph().eval(),
                tuple(features[name] for name in names),
                str(folder / GRAPH),
                dynamo=False,
                opset_version=17,
                input_names=names,
                output_names=["embedding"],
                dynamic_axes={name: {0: "batch", 1: "length"} for name in names}
                | {"embedding": {0: "batch"}},
            )
        except Exception as error:  # noqa: BLE001 - the exporter raises whatever a model provokes
            raise DoesNotExport(f"the export failed: {_in_short(error)}") from error


def _write_tokenizer(source: ModelSource, folder: Path) -> None:
    path = source.folder / TOKENIZER
    if not path.is_file():
        raise DoesNotExport(f"it has no {TOKENIZER}.")
    shutil.copyfile(path, folder / TOKENIZER)


def _checked_cosine(model: "SentenceTransformer", facts: PreparedModel) -> float:
    """The worst cosine between the graph and the original. Raises ``DoesNotExport``."""
    from search.embedding.onnx_embedder import OnnxEmbedder

    original = model.encode(CANARY_TEXTS, normalize_embeddings=True, show_progress_bar=False)
    try:
        exported = OnnxEmbedder(facts, threads=1).encode(CANARY_TEXTS)
    except Exception as error:  # noqa: BLE001 - onnxruntime's errors have no common base
        raise DoesNotExport(f"the exported graph does not run: {_in_short(error)}") from error
    worst = float(np.sum(np.asarray(original) * exported, axis=1).min())
    if worst < LEAST_COSINE:
        raise DoesNotExport(f"the exported graph differs (cosine {worst:.6f}).")
    return worst


def _in_short(error: Exception) -> str:
    """The start of the first line: the exporter's messages may hold whole tensors."""
    return str(error).partition("\n")[0][:200]


def _remove_files(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def _manifest(facts: PreparedModel, **changes: object) -> dict[str, object]:
    values = {name: value for name, value in vars(facts).items() if name != "folder"}
    files = {path.name: sha256_of(path) for path in sorted(facts.folder.iterdir())}
    return values | changes | {"files": files}
