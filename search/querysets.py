"""What can be asked of many entries, vectors and servers to index at once; chainable."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery

from registry_site.lib.one_value import one_value
from search import texts
from search.index.base import FloatArray
from servers.models import Server

if TYPE_CHECKING:
    from search.models import (  # noqa: F401 - named in the type parameters below
        Embedding,
        IndexState,
        SearchEntry,
        ServerIndexing,
    )

# A server whose text cannot be indexed is tried this often; then it waits for its next change.
MOST_FAILURES = 5
_IS_SET_ASIDE = Q(failed_revision=F("server__revision"), failures__gte=MOST_FAILURES)


class EmbeddingQuerySet(models.QuerySet["Embedding"]):
    """Vectors by the hash of their text."""

    def unused(self, model_key: str, *, before: datetime) -> Self:
        """Vectors made before then by other models, or of texts that no entry has any more."""
        from search.models import SearchEntry  # the models import this module

        used = SearchEntry.objects.filter(text_hash=OuterRef("text_hash"))
        return self.filter(~Q(model_key=model_key) | ~Exists(used), created_at__lt=before)


class SearchEntryQuerySet(models.QuerySet["SearchEntry"]):
    """Entries, narrowed."""

    def beyond(self, high_water_mark: int) -> Self:
        """Entries made after that one."""
        return self.filter(pk__gt=high_water_mark)

    def rows(self, model_key: str) -> models.QuerySet[SearchEntry, tuple[Any, ...]]:
        """The values of an ``index.assembly.Row`` of each, with its vector under the model."""
        with_vectors = self.annotate(vector=Subquery(_stored(model_key).values("vector")))
        return with_vectors.values_list("id", "server", "tool", "name", "words", "vector")

    def without_vector(self, model_key: str) -> Self:
        """Entries whose text has no vector under this model."""
        return self.filter(~Exists(_stored(model_key)))

    def vectors(self, model_key: str) -> dict[int, FloatArray]:
        """The vectors of those that have one under the model, by the ids of the entries."""
        return {
            pk: np.frombuffer(vector, dtype="<f4")
            for pk, *_, vector in self.rows(model_key)
            if vector is not None
        }

    def count_and_highest(self) -> tuple[int, int]:
        """How many entries and the highest id, 0 if none.

        Entries never change and ids only grow, hence two equal pairs stand for equal entries.
        """
        row = self.aggregate(count=models.Count("id"), highest=models.Max("id"))
        return row["count"], row["highest"] or 0


def _stored(model_key: str) -> models.QuerySet[Embedding]:
    """The vector under the model of the text of the entry around it."""
    from search.models import Embedding  # the models import this module

    return Embedding.objects.filter(model_key=model_key, text_hash=OuterRef("text_hash"))


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
        return self.filter(_IS_SET_ASIDE)

    def left_behind(self, model_key: str) -> Self:
        """Those that follow another model and will yet follow this one."""
        return self.exclude(model_key=model_key).exclude(_IS_SET_ASIDE)

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


class Role(StrEnum):
    """Who can hold a lease on the index; the value begins the names of its columns."""

    REFRESHER = "lease"
    PUBLISHER = "publisher"


class IndexStateQuerySet(models.QuerySet["IndexState"]):
    """The one row, and the leases in it: every change is one conditional update."""

    def the_one(self) -> IndexState:
        """The row, made on first use."""
        return self.get_or_create(pk=self.model.THE_ONE)[0]

    def entries_stamp(self) -> str:
        """Another one after every write of entries."""
        return one_value("SELECT entries_stamp FROM search_indexstate") or ""

    def take_lease(
        self, token: str, *, now: datetime, until: datetime, role: Role = Role.REFRESHER
    ) -> bool:
        """Whether the lease was free, or its holder's time over, and now belongs to ``token``."""
        self.the_one()
        free = Q((f"{role}_until__isnull", True)) | Q((f"{role}_until__lt", now))
        taken = {f"{role}_token": token, f"{role}_until": until}
        return bool(self.filter(free).update(**taken))

    def renew_lease(
        self, token: str, *, until: datetime, role: Role = Role.REFRESHER, **columns: Any
    ) -> bool:
        """Whether the lease still belongs to ``token``, and now does for longer.

        An overdue lease that nobody took meanwhile is still its holder's. ``columns`` of the row
        are written along.
        """
        held = self.filter((f"{role}_token", token))
        return bool(held.update(**{f"{role}_until": until}, **columns))

    def release_lease(self, token: str, *, role: Role = Role.REFRESHER) -> None:
        """Give the lease back, if it still belongs to ``token``."""
        held = self.filter((f"{role}_token", token))
        held.update(**{f"{role}_token": "", f"{role}_until": None})
