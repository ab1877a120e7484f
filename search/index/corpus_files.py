"""A corpus as the contents of files and back.

Any change of what these hold, in the parts of a corpus too, must raise ``FORMAT``: what another
release published is then refused, and published again.
"""

import io
from collections.abc import Mapping
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
import orjson

from search import index as indexes
from search.corpus import Corpus
from search.lexical.index import LexicalIndex

FORMAT = 1
VECTORS_FILE = "vectors.index"
ENTRIES_FILE = "entries.npz"
NAMES_FILE = "names.json"
WORDS_FILE = "words.npz"


def files_of(corpus: Corpus) -> dict[str, bytes]:
    """The content of each file."""
    entries = {"ids": corpus.ids, "servers": corpus.servers, "tools": corpus.tools}
    return {
        VECTORS_FILE: corpus.vectors.to_bytes(),
        ENTRIES_FILE: _npz(entries),
        NAMES_FILE: orjson.dumps(list(corpus.names)),
        WORDS_FILE: _npz(corpus.words.to_arrays()),
    }


def corpus_of(files: Mapping[str, bytes]) -> Corpus:
    """The corpus that ``files_of`` took apart. Raises ``ValueError`` for anything else."""
    entries = _arrays(files[ENTRIES_FILE])
    try:
        corpus = Corpus(
            ids=entries["ids"],
            servers=entries["servers"],
            tools=entries["tools"],
            names=orjson.loads(files[NAMES_FILE]),
            vectors=indexes.vector_index_class().from_bytes(files[VECTORS_FILE]),
            words=LexicalIndex.from_arrays(_arrays(files[WORDS_FILE])),
        )
    except KeyError as error:
        raise ValueError("Columns of the entries are missing.") from error
    columns = (corpus.servers, corpus.tools, corpus.names)
    lengths = {*map(len, columns), corpus.vectors.size, corpus.words.size}
    if lengths != {len(corpus)}:
        raise ValueError("The files do not belong together.")
    return corpus


def _npz(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    return content.getvalue()


def _arrays(content: bytes) -> dict[str, npt.NDArray[Any]]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return dict(arrays)
    except (OSError, EOFError, TypeError, AttributeError, BadZipFile) as error:
        raise ValueError("This is no file of arrays.") from error
