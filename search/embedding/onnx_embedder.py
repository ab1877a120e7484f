"""Encodes with onnxruntime and tokenizers alone: no torch, quick to load, a third of the memory."""

from collections.abc import Sequence

import numpy as np
import onnxruntime
from tokenizers import Encoding, Tokenizer

from search.embedding.base import FloatArray
from search.embedding.prepared import GRAPH, TOKENIZER, PreparedModel

# Few, so that texts of one length meet: padding costs more than calls do. On real tool texts 16
# took a third more processor time than four, and 32 twice as much (and 1 GB of memory).
BATCH = 4


class OnnxEmbedder:
    """The exported graph of transformer, pooling and normalisation."""

    def __init__(self, model: PreparedModel, *, threads: int) -> None:
        self.model_key = model.model_key
        self.dimension = model.dimension
        self._tokenizer = Tokenizer.from_file(str(model.folder / TOKENIZER))
        self._tokenizer.enable_truncation(max_length=model.max_tokens)
        self._tokenizer.no_padding()
        self._pad_id = model.pad_id
        options = onnxruntime.SessionOptions()
        # Set by hand: onnxruntime does not look at OMP_NUM_THREADS.
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Threads that wait by spinning double the processor time on a machine that is busy.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(model.folder / GRAPH), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = [each.name for each in self._session.get_inputs()]

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """One row a text; texts of like length share a batch, which spares padding."""
        encodings = self._tokenizer.encode_batch(list(texts))
        vectors = np.empty((len(encodings), self.dimension), dtype=np.float32)
        by_length = sorted(range(len(encodings)), key=lambda row: len(encodings[row].ids))
        for start in range(0, len(by_length), BATCH):
            rows = by_length[start : start + BATCH]
            vectors[rows] = self._run([encodings[row] for row in rows])
        return vectors

    def _run(self, encodings: Sequence[Encoding]) -> FloatArray:
        shape = (len(encodings), max(len(each.ids) for each in encodings))
        tensors = {
            "input_ids": np.full(shape, self._pad_id, dtype=np.int64),
            "attention_mask": np.zeros(shape, dtype=np.int64),
            "token_type_ids": np.zeros(shape, dtype=np.int64),
        }
        for row, encoding in enumerate(encodings):
            length = len(encoding.ids)
            tensors["input_ids"][row, :length] = encoding.ids
            tensors["attention_mask"][row, :length] = encoding.attention_mask
            tensors["token_type_ids"][row, :length] = encoding.type_ids
        (vectors,) = self._session.run(None, {name: tensors[name] for name in self._inputs})
        result: FloatArray = vectors
        return result
