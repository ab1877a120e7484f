"""Publishes what the refresh has made: entries and their vectors, from the database to the files
that every process searches.

Has a lease of its own, so that neither waits for the other. Killed anywhere, it leaves what was
published before. When the model changes, what the old one made stays published until every server
has its vectors under the new one.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from search import embedding, texts
from search import index as indexes
from search.embedding import ModelNotReady, VectorSpace
from search.index.assembly import Columns, columns_of
from search.index.publication import IndexRefused, Manifest, check_current, publish
from search.lease import PublisherLease, publisher_lease
from search.models import Embedding, IndexState, SearchEntry, ServerIndexing

logger = logging.getLogger(__name__)

# What is newer than the published index costs every query a little: it is published anew once
# that is so many entries and such a part of it...
MUCH_FRESH = 200
MUCH_FRESH_PART = 0.01
# ...and otherwise, when anything differs, this long after the last time.
PUBLISH_EVERY = timedelta(seconds=60)
# A text that comes back within this time is not embedded again.
UNUSED_VECTORS_KEPT = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class PublicationReport:
    """What is published now, and whether that was done just now."""

    version: str
    entries: int
    published: bool


def publish_index(*, now: datetime, force: bool = False) -> PublicationReport:
    """Publish the index, unless what is published is right; ``force``: in any case.

    Raises ``PublicationIsRunning`` when another process is at it, ``ModelNotReady`` when there is
    neither a model nor an index to tell which vectors to take, and ``OSError``.
    """
    with publisher_lease(now) as lease:
        published = _known_publication()
        if published and not force and _is_right(published):
            return _report(published, published_now=False)
        return _report(_publish(lease, published), published_now=True)


def publication_due(*, now: datetime) -> bool:
    """Whether it is time to publish. A few reads.

    At once where there is no index to search, or the vectors of another model are complete, or
    much is new; a while after the last time, where anything else differs.
    """
    manifest = _known_publication()
    if manifest is None or manifest.model_key != _space(manifest).model_key:
        return True
    fresh = SearchEntry.objects.beyond(manifest.high_water_mark).count()
    if fresh >= max(MUCH_FRESH, MUCH_FRESH_PART * manifest.count):
        return True
    age = now - datetime.fromisoformat(manifest.created_at)
    return age >= PUBLISH_EVERY and not _is_right(manifest)


def _report(manifest: Manifest, *, published_now: bool) -> PublicationReport:
    return PublicationReport(
        version=manifest.version, entries=manifest.count, published=published_now
    )


def _known_publication() -> Manifest | None:
    """The manifest of the published index when it is intact and this database knows of it.

    One that it does not know was made from another database, before a restore.
    """
    manifest = _intact_publication()
    if manifest is None:
        return None
    known = IndexState.objects.filter(published_version=manifest.version)
    return manifest if known.exists() else None


def _intact_publication() -> Manifest | None:
    try:
        return check_current(settings.INDEX_DIR)
    except IndexRefused as refusal:
        logger.info("The index has to be published: %s", refusal)
        return None


def _is_right(manifest: Manifest) -> bool:
    """Whether the published index holds the present entries with the vectors they should have."""
    space = _space(manifest)
    made_with = (manifest.model_key, manifest.dimension, manifest.text_format)
    if made_with != (space.model_key, space.dimension, texts.FORMAT):
        return False
    entries = SearchEntry.objects.all()
    if entries.count_and_highest() != (manifest.count, manifest.high_water_mark):
        return False
    # To count these takes a look at every entry; as long as none was missing none can be.
    return not manifest.without_vector or (
        entries.without_vector(manifest.model_key).count() == manifest.without_vector
    )


def _space(published: Manifest | None) -> VectorSpace:
    """Of the configured model once every server follows it; until then that of what is published.

    Raises ``ModelNotReady`` when neither is there.
    """
    try:
        configured = embedding.ready_model()
    except ModelNotReady:
        if published is None:
            raise
        return published
    if published is None or not _is_left_behind(configured, published):
        return configured
    return published


def _is_left_behind(configured: VectorSpace, published: Manifest) -> bool:
    if configured.model_key == published.model_key:
        return False
    return ServerIndexing.objects.left_behind(configured.model_key).exists()


def _publish(lease: PublisherLease, published: Manifest | None) -> Manifest:
    space = _space(published)
    columns = _columns(space, lease)
    lease.renew()
    corpus = columns.corpus(indexes.vector_index_class())
    lease.renew()
    now = lease.now()
    manifest = publish(
        settings.INDEX_DIR,
        corpus,
        model_key=space.model_key,
        text_format=texts.FORMAT,
        without_vector=int(columns.without_vector.sum()),
        now=now,
    )
    lease.renew(published_version=manifest.version, published_at=now)
    _tidy_up(manifest, now)
    return manifest


def _columns(space: VectorSpace, lease: PublisherLease) -> Columns:
    """All entries, with their vectors in this space."""
    rows = SearchEntry.objects.order_by("id").rows(space.model_key).iterator(chunk_size=2_000)
    return columns_of(rows, dimension=space.dimension, after_each=lease.keep)


def _tidy_up(manifest: Manifest, now: datetime) -> None:
    """Make servers due whose vectors somebody deleted; delete vectors that nobody needs."""
    if manifest.without_vector:
        lost = SearchEntry.objects.without_vector(manifest.model_key).values("server")
        followed = ServerIndexing.objects.up_to_date(manifest.model_key)
        followed.filter(server__in=lost).start_over()
    Embedding.objects.unused(manifest.model_key, before=now - UNUSED_VECTORS_KEPT).delete()
