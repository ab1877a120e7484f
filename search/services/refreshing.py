"""Makes search follow the catalogue: the entries of what changed, and their vectors.

What is to be done stands in the database, every batch is one transaction with its effect, and
no model works inside one: killed anywhere, the next refresh goes on from what is committed.
``services.publishing`` makes the index of it.
"""

import logging
import secrets
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db import DatabaseError, transaction

from registry_site.lib.progress import NoProgress, Progress
from search import embedding
from search.batch import Batch
from search.embedding import Embedder, FloatArray, ModelNotReady, entry_vectors
from search.lease import Lease, RefreshIsRunning, refresh_lease
from search.models import Embedding, IndexState, ServerIndexing
from search.querysets import due_servers
from servers.models import Server

logger = logging.getLogger(__name__)

# Small enough that a server registered during a long run waits a second or two for its turn.
SERVERS_A_BATCH = 8
TEXTS_A_CALL = 64
# A long run looks this often for what became due meanwhile, and takes that first. To look is to
# compare all servers, which takes 10 ms of 14,000: after every batch it would be a good part.
LOOK_EVERY = timedelta(seconds=1)
# By how much the times that others write may be behind, transactions that take long included.
CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(kw_only=True)
class RefreshReport:
    """What one refresh did."""

    servers: int = 0
    embedded: int = 0
    reused: int = 0
    failed: int = 0


def refresh_index(
    *, now: datetime, progress: Progress | None = None, force: bool = False
) -> RefreshReport:
    """Make and embed the entries of every server that is due.

    ``force`` makes and embeds every text again. Raises ``RefreshIsRunning`` when another process
    is at it, and ``ModelNotReady``. Costs two queries when there is nothing to do.
    """
    report, failed = RefreshReport(), set[int]()
    if force:
        with refresh_lease(now):
            ServerIndexing.objects.start_over()
    _refuse_beside_another(now)
    due = _lagging()
    while due:
        with refresh_lease(now) as lease:
            run = _Run(embedding.ensure_model(), lease, report, failed, reuse=not force)
            run.index(due, progress or NoProgress())
        # A ring that was refused because of this run rang for what changed since it began: that
        # is looked for once the lease is given back, and only that.
        due = _lagging(without=failed, since=now - CLOCKS_DIFFER)
        now = lease.now()
    return report


def _refuse_beside_another(now: datetime) -> None:
    """Raises ``RefreshIsRunning``: to find out by looking at all servers would cost more."""
    running = IndexState.objects.filter(lease_until__gt=now)
    until = running.values_list("lease_until", flat=True).first()
    if until:
        raise RefreshIsRunning(until)


def _lagging(*, without: Collection[int] = (), since: datetime | None = None) -> list[int]:
    """The servers that the entries do not follow, the last changed first."""
    try:
        model_key = embedding.ready_model().model_key
    except ModelNotReady:
        model_key = ""  # which no server follows: whatever is there has the model prepared
    due = due_servers(model_key)
    if since:
        due = due.filter(updated_at__gte=since)
    return [pk for pk in due.values_list("pk", flat=True) if pk not in without]


class _Run:
    """Works under its lease."""

    def __init__(
        self,
        embedder: Embedder,
        lease: Lease,
        report: RefreshReport,
        failed: set[int],
        *,
        reuse: bool,
    ) -> None:
        self._embedder = embedder
        self._lease = lease
        self._report = report
        self._failed = failed
        self._reuse = reuse

    def index(self, due: Sequence[int], progress: Progress) -> None:
        """Batch after batch, until none of ``due`` is left, nor of what becomes due meanwhile."""
        waiting = self._taken_up(due, progress)
        looked_at = self._lease.now()
        while waiting:
            batch = [waiting.popleft() for _ in range(min(SERVERS_A_BATCH, len(waiting)))]
            self._index(list(Server.objects.filter(pk__in=batch).order_by()))
            progress.advance(len(batch))
            if self._lease.now() - looked_at >= LOOK_EVERY:
                waiting = self._taken_up(_lagging(without=self._failed), progress)
                looked_at = self._lease.now()

    def _taken_up(self, due: Sequence[int], progress: Progress) -> deque[int]:
        """These in their order: what still waits is among them, behind what changed since."""
        done = self._report.servers + self._report.failed
        self._lease.renew(servers_total=done + len(due), servers_done=done)
        progress.total(done + len(due), done=done)
        return deque(due)

    def _index(self, servers: Sequence[Server]) -> None:
        """Index these servers; one that cannot be does not keep the others from it."""
        try:
            self._index_together(Batch.read(servers))
        except (RefreshIsRunning, ModelNotReady, DatabaseError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a text provokes in code not ours
            if len(servers) == 1:
                self._note_failure(servers[0], error)
            else:
                for server in servers:
                    self._index([server])

    def _index_together(self, batch: Batch) -> None:
        vectors = self._encode_missing(batch)
        done = self._report.servers + len(batch.servers)
        with transaction.atomic():
            self._lease.renew(servers_done=done + self._report.failed)
            self._store_vectors(vectors)
            if batch.write(model_key=self._embedder.model_key):
                self._lease.renew(entries_stamp=secrets.token_hex(16))
        self._report.servers = done
        self._report.embedded += len(vectors)
        self._report.reused += len(batch.wanted) - len(vectors)

    def _encode_missing(self, batch: Batch) -> dict[str, FloatArray]:
        """The vectors that are not stored yet, by the hash of their text."""
        stored = Embedding.objects.filter(
            model_key=self._embedder.model_key, text_hash__in=batch.text_of
        )
        known = set(stored.values_list("text_hash", flat=True)) if self._reuse else set()
        missing = iter([each for each in batch.text_of if each not in known])
        vectors: dict[str, FloatArray] = {}
        while chunk := list(islice(missing, TEXTS_A_CALL)):
            encoded = entry_vectors(self._embedder, [batch.text_of[each] for each in chunk])
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
        try:
            self._embedder.encode(["Does the model encode anything at all?"])
        except Exception:
            embedding.forget_bulk_model()
            raise
        logger.warning("%s cannot be indexed: %s", server, error)
        self._failed.add(server.pk)
        self._report.failed += 1
        row, _ = ServerIndexing.objects.get_or_create(server=server)
        row.note_failure(revision=server.revision, error=error)
