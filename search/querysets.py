"""What can be asked of many entries, vectors and servers to index at once; chainable."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from search import texts
from search.index.base import FloatArray, IdArray
from search.matches import Kind
from servers.models import Server, Tool

if TYPE_CHECKING:
    from accounts.services import Principal
    from search.models import (  # noqa: F401 - named in the type parameters below
        Embedding,
        IndexState,
        SearchEntry,
        ServerIndexing,
    )

# A server whose text cannot be indexed is tried this often; then it waits for its next change.
MOST_FAILURES = 5


class EmbeddingQuerySet(models.QuerySet["Embedding"]):
    """Vectors by the hash of their text."""

    def vectors_of(self, model_key: str) -> dict[str, bytes]:
        """All vectors of a model by the hash of their text, as stored."""
        rows = self.filter(model_key=model_key).values_list("text_hash", "vector")
        return {text_hash: bytes(vector) for text_hash, vector in rows}

    def unused(self, model_key: str, *, before: datetime) -> Self:
        """Vectors made before then by other models, or of texts that no entry has any more."""
        from search.models import SearchEntry  # the models import this module

        used = SearchEntry.objects.filter(text_hash=OuterRef("text_hash"))
        return self.filter(~Q(model_key=model_key) | ~Exists(used), created_at__lt=before)


class SearchEntryQuerySet(models.QuerySet["SearchEntry"]):
    """Entries, narrowed."""

    def visible_to(self, principal: Principal) -> Self:
        """What ``principal`` may find: visible servers, and their tools that are shown now."""
        # Every query asks this of all entries. To look up the few other tools once is quicker
        # than to join the row of every tool.
        not_shown = Tool.objects.not_current()
        visible = self.filter(server__in=Server.objects.visible_to(principal))
        found = visible.exclude(tool__in=not_shown)
        if not principal.has_grants_for_tools:
            return found
        return found.filter(Q(tool__isnull=True) | Q(tool__in=Tool.objects.open_to(principal)))

    def of_kinds(self, kinds: Collection[Kind]) -> Self:
        """Entries of servers, of tools or of both."""
        if len(set(kinds)) == len(Kind):
            return self
        return self.filter(tool__isnull=Kind.SERVER in kinds)

    def embedded_with(self, model_key: str) -> Self:
        """Entries that have a vector under this model."""
        return self.filter(server__indexing__model_key=model_key)

    def ids(self) -> IdArray:
        """The ids, ascending."""
        return np.fromiter(self.order_by("id").values_list("id", flat=True), dtype=np.int64)

    def vectors(self, ids: IdArray, model_key: str) -> dict[int, FloatArray]:
        """The vectors of those of these entries that have one under the model."""
        from search.models import Embedding  # the models import this module

        rows = self.embedded_with(model_key).filter(pk__in=ids.tolist())
        hash_of = dict(rows.values_list("pk", "text_hash"))
        stored = Embedding.objects.filter(text_hash__in=set(hash_of.values()))
        vectors = stored.vectors_of(model_key)
        return {
            pk: np.frombuffer(vectors[text_hash], dtype="<f4")
            for pk, text_hash in hash_of.items()
            if text_hash in vectors
        }

    def count_and_highest(self) -> tuple[int, int]:
        """How many entries and the highest id, 0 if none.

        Entries never change and ids only grow, hence two equal pairs stand for equal entries.
        """
        row = self.aggregate(count=models.Count("id"), highest=models.Max("id"))
        return row["count"], row["highest"] or 0


class ServerIndexingQuerySet(models.QuerySet["ServerIndexing"]):
    """How far search has followed the servers."""

    def up_to_date(self, model_key: str) -> Self:
        """Those that followed their server's last change, with this model and this release."""
        return self.filter(
            indexed_revision=F("server__revision"),
            model_key=model_key,
            text_format=texts.FORMAT,
        )

    def set_aside(self) -> Self:
        """Those whose server's present revision failed too often to be tried again."""
        return self.filter(failed_revision=F("server__revision"), failures__gte=MOST_FAILURES)

    def start_over(self) -> None:
        """Make these servers due, while everything stays as findable as it is."""
        self.update(indexed_revision=0, failures=0)


def due_servers(model_key: str) -> models.QuerySet[Server]:
    """The servers whose entries lag behind, the last changed first.

    In that order a server that was just registered is not kept waiting by a backlog.
    """
    from search.models import ServerIndexing  # the models import this module

    this = ServerIndexing.objects.filter(server=OuterRef("pk"))
    return Server.objects.filter(
        ~Exists(this.up_to_date(model_key)), ~Exists(this.set_aside())
    ).order_by("-updated_at", "-pk")


class IndexStateQuerySet(models.QuerySet["IndexState"]):
    """The one row, and the lease in it: every change is one conditional update."""

    def the_one(self) -> IndexState:
        """The row, made on first use."""
        return self.get_or_create(pk=self.model.THE_ONE)[0]

    def take_lease(self, token: str, *, now: datetime, until: datetime) -> bool:
        """Whether the lease was free, or its holder's time over, and now belongs to ``token``."""
        self.the_one()
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        return bool(self.filter(free).update(lease_token=token, lease_until=until))

    def renew_lease(self, token: str, *, until: datetime, **columns: Any) -> bool:
        """Whether the lease still belongs to ``token``, and now does for longer.

        An overdue lease that nobody took meanwhile is still its holder's. ``columns`` of the row
        are written along.
        """
        return bool(self.filter(lease_token=token).update(lease_until=until, **columns))

    def release_lease(self, token: str) -> None:
        """Give the lease back, if it still belongs to ``token``."""
        self.filter(lease_token=token).update(lease_token="", lease_until=None)
