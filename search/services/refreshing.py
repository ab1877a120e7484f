"""Makes search follow the catalogue: entries and vectors of what changed, then the index.

What is to be done stands in the database, every batch is one transaction with its effect, and
no model works inside one: killed anywhere, the next refresh goes on from what is committed.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

import numpy as np
from django.conf import settings
from django.db import DatabaseError, transaction

from registry_site.lib.progress import NoProgress, Progress
from search import embedding
from search import index as indexes
from search.batch import Batch
from search.embedding import Embedder, FloatArray, ModelNotReady, VectorSpace
from search.index.base import IdArray
from search.index.publication import IndexRefused, Manifest, check_current, publish
from search.lease import Lease, RefreshIsRunning, refresh_lease
from search.models import Embedding, IndexState, SearchEntry, ServerIndexing
from search.querysets import due_servers
from servers.models import Server

logger = logging.getLogger(__name__)

# Small enough that a server registered during a long run waits a second or two for its turn.
SERVERS_A_BATCH = 8
TEXTS_A_CALL = 64
# During a long run the index is published this often; what is newer is searched beside it.
PUBLISH_EVERY = timedelta(seconds=20)
# A text that comes back within this time is not embedded again.
UNUSED_VECTORS_KEPT = timedelta(days=30)


@dataclass(kw_only=True)
class RefreshReport:
    """What one refresh did."""

    servers: int = 0
    embedded: int = 0
    reused: int = 0
    failed: int = 0
    entries: int = 0
    version: str = ""
    published: bool = False


def refresh_index(
    *, now: datetime, progress: Progress | None = None, force: bool = False
) -> RefreshReport:
    """Index every server that is due and publish the index unless the published one is right.

    ``force`` makes and embeds every text again. Raises ``RefreshIsRunning`` when another process
    is at it, and ``ModelNotReady``. Costs a few queries when there is nothing to do.
    """
    if not force and (manifest := _nothing_due()):
        return RefreshReport(entries=manifest.count, version=manifest.version)
    with refresh_lease(now) as lease:
        embedder = embedding.ensure_model()
        if force:
            ServerIndexing.objects.start_over()
        run = _Run(embedder, lease, progress or NoProgress(), reuse=not force)
        run.index_due_servers()
        run.publish_unless_current()
        return run.report


def _nothing_due() -> Manifest | None:
    """The published manifest when every server is indexed and the index is right."""
    try:
        space = embedding.ready_model()
    except ModelNotReady:
        return None
    if due_servers(space.model_key).exists():
        return None
    return _right_publication(space)


def _right_publication(space: VectorSpace) -> Manifest | None:
    """The published manifest when the index is intact and holds the present entries.

    An index that this database does not know was made from another one, before a restore.
    """
    manifest = _usable_publication(space)
    if manifest is None:
        return None
    if not IndexState.objects.filter(published_version=manifest.version).exists():
        return None
    entries = SearchEntry.objects.embedded_with(space.model_key)
    is_right = entries.count_and_highest() == (manifest.count, manifest.high_water_mark)
    return manifest if is_right else None


def _usable_publication(space: VectorSpace) -> Manifest | None:
    """The published manifest when readers can search the index, however old it is."""
    try:
        return check_current(
            settings.INDEX_DIR, model_key=space.model_key, dimension=space.dimension
        )
    except IndexRefused as refusal:
        logger.info("The index has to be published: %s", refusal)
        return None


class _Run:
    """One refresh under its lease."""

    def __init__(
        self, embedder: Embedder, lease: Lease, progress: Progress, *, reuse: bool
    ) -> None:
        self._embedder = embedder
        self._lease = lease
        self._progress = progress
        self._reuse = reuse
        self._published_at = lease.now()
        self._failed: list[int] = []
        self.report = RefreshReport()

    def index_due_servers(self) -> None:
        """Batch after batch, until nothing is due that did not fail in this run."""
        total = due_servers(self._embedder.model_key).count()
        self._lease.renew(servers_total=total, servers_done=0)
        self._progress.total(total)
        while servers := self._next_servers():
            self._index(servers)
            self._progress.advance(len(servers))
            if self._is_publication_due():
                self.publish_unless_current()

    def publish_unless_current(self) -> None:
        """Build the index from the stored vectors and publish it, unless it is published."""
        manifest = _right_publication(self._embedder)
        if manifest is None:
            manifest = self._publish()
            self.report.published = True
        self.report.entries = manifest.count
        self.report.version = manifest.version
        self._published_at = self._lease.now()

    def _is_publication_due(self) -> bool:
        """From time to time, and at once where there is no index: without one, newer entries
        have nothing to be searched beside, and every answer is by words alone.
        """
        if self._lease.now() - self._published_at >= PUBLISH_EVERY:
            return True
        return _usable_publication(self._embedder) is None

    def _next_servers(self) -> list[Server]:
        due = due_servers(self._embedder.model_key).exclude(pk__in=self._failed)
        return list(due[:SERVERS_A_BATCH])

    def _index(self, servers: Sequence[Server]) -> None:
        """Index these servers; one that cannot be does not keep the others from it."""
        try:
            self._index_together(Batch.read(servers))
        except (RefreshIsRunning, DatabaseError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a text provokes in code not ours
            if len(servers) == 1:
                self._note_failure(servers[0], error)
            else:
                for server in servers:
                    self._index([server])

    def _index_together(self, batch: Batch) -> None:
        vectors = self._encode_missing(batch)
        with transaction.atomic():
            done = self.report.servers + len(batch.servers)
            self._lease.renew(servers_done=done)
            self._store_vectors(vectors)
            batch.write(model_key=self._embedder.model_key)
        self.report.servers = done
        self.report.embedded += len(vectors)
        self.report.reused += len(batch.wanted) - len(vectors)

    def _encode_missing(self, batch: Batch) -> dict[str, FloatArray]:
        """The vectors that are not stored yet, by the hash of their text."""
        stored = Embedding.objects.filter(
            model_key=self._embedder.model_key, text_hash__in=batch.text_of
        )
        known = set(stored.values_list("text_hash", flat=True)) if self._reuse else set()
        missing = iter([each for each in batch.text_of if each not in known])
        vectors: dict[str, FloatArray] = {}
        while chunk := list(islice(missing, TEXTS_A_CALL)):
            encoded = self._embedder.encode([batch.text_of[each] for each in chunk])
            vectors.update(zip(chunk, encoded, strict=True))
            self._lease.keep()
        return vectors

    def _store_vectors(self, vectors: dict[str, FloatArray]) -> None:
        Embedding.objects.bulk_create(
            [
                Embedding(
                    model_key=self._embedder.model_key,
                    text_hash=text_hash,
                    vector=vector.astype("<f4").tobytes(),
                    created_at=self._lease.now(),
                )
                for text_hash, vector in vectors.items()
            ],
            update_conflicts=True,
            unique_fields=["model_key", "text_hash"],
            update_fields=["vector", "created_at"],
        )

    def _note_failure(self, server: Server, error: Exception) -> None:
        """Count the failure against this revision of the server, or raise if it is the model's."""
        self._embedder.encode(["Does the model encode anything at all?"])
        logger.warning("%s cannot be indexed: %s", server, error)
        self._failed.append(server.pk)
        self.report.failed += 1
        row, _ = ServerIndexing.objects.get_or_create(server=server)
        row.note_failure(revision=server.revision, error=error)

    def _publish(self) -> Manifest:
        model_key = self._embedder.model_key
        ids, vectors = _stored_vectors(self._embedder)
        index = indexes.vector_index_class().build(ids, vectors)
        self._lease.renew()
        now = self._lease.now()
        manifest = publish(settings.INDEX_DIR, index, model_key=model_key, now=now)
        self._lease.renew(published_version=manifest.version, published_at=now)
        Embedding.objects.unused(model_key, before=now - UNUSED_VECTORS_KEPT).delete()
        return manifest


def _stored_vectors(space: VectorSpace) -> tuple[IdArray, FloatArray]:
    """The id and vector of every entry that has one in this space."""
    entries = SearchEntry.objects.embedded_with(space.model_key)
    rows = list(entries.order_by("id").values_list("id", "text_hash"))
    vectors = Embedding.objects.vectors_of(space.model_key)
    lost = {text_hash for _, text_hash in rows} - vectors.keys()
    if lost:  # somebody deleted vectors by hand: their servers are due again
        ServerIndexing.objects.filter(server__search_entries__text_hash__in=lost).start_over()
        rows = [row for row in rows if row[1] not in lost]
    ids = np.array([entry_id for entry_id, _ in rows], dtype=np.int64)
    stacked = np.frombuffer(b"".join(vectors[text_hash] for _, text_hash in rows), dtype="<f4")
    return ids, stacked.reshape(len(rows), space.dimension)
