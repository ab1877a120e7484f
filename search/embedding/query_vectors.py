"""The vectors of queries, remembered: the same question comes again, and often at the same time."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future

import numpy as np

from search import texts
from search.embedding.base import Embedder, FloatArray

SIZE = 4_096

_Key = tuple[str, str]


class QueryVectors:
    """The vectors asked for last, each encoded once, however many threads ask for it."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._lock = threading.Lock()
        # A vector that is being encoded is there already, as something to wait for.
        self._known: OrderedDict[_Key, Future[FloatArray]] = OrderedDict()

    def of(self, embedder: Embedder, queries: Sequence[str]) -> list[FloatArray]:
        """One vector a query. Raises what encoding raises, ``ModelNotReady`` for one."""
        # No further than documents are: another model may tell upper case from lower.
        keys = [(embedder.model_key, texts.normalised(query)) for query in queries]
        with self._lock:
            mine = {key: Future[FloatArray]() for key in keys if key not in self._known}
            self._known |= mine
            wanted = [self._known[key] for key in keys]
            for key in keys:
                self._known.move_to_end(key)
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        if mine:
            self._encode(embedder, mine)
        return [future.result() for future in wanted]

    def _encode(self, embedder: Embedder, mine: dict[_Key, Future[FloatArray]]) -> None:
        """Whatever happens, nobody waits on; what failed is forgotten and may be asked again."""
        try:
            vectors = embedder.encode([text for _, text in mine])
            # A copy: a row of a batch would keep all others of the batch in memory.
            copies = [np.array(vector) for vector in vectors]
            for future, vector in zip(mine.values(), copies, strict=True):
                vector.flags.writeable = False
                future.set_result(vector)
        except BaseException as error:
            with self._lock:
                for key, future in mine.items():
                    if self._known.get(key) is future:
                        del self._known[key]
            for future in mine.values():
                future.set_exception(error)
            raise
