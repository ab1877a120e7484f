"""What search has made of the catalogue: entries, their vectors and how far the work has come.

All of it can be made again from the catalogue; nothing here is shown to anybody as a fact.
"""

from django.db import models

from search.querysets import (
    EmbeddingQuerySet,
    IndexStateQuerySet,
    SearchEntryQuerySet,
    ServerIndexingQuerySet,
)
from servers.models import Server, Tool

LONGEST_ERROR = 500


class Embedding(models.Model):
    """The vector of a text under a model: equal texts are embedded once, unchanged ones never."""

    model_key = models.CharField(max_length=100)
    text_hash = models.CharField(max_length=64, help_text="sha256 of the normalised text.")
    vector = models.BinaryField(help_text="float32, little-endian, of length 1.")
    created_at = models.DateTimeField()

    objects = EmbeddingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["model_key", "text_hash"], name="text_embedded_once_a_model"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.text_hash[:12]} by {self.model_key}"


class SearchEntry(models.Model):
    """One text that can be found: a server's own, or that of one of its tools.

    It never changes, and its id is never used again: a changed text is a new entry, so that an
    id in a vector index always means one text.
    """

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="search_entries")
    tool = models.OneToOneField(
        Tool,
        on_delete=models.CASCADE,
        related_name="search_entry",
        null=True,
        help_text="Empty for the text of the server itself.",
    )
    text_hash = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=255, default="", help_text="The server's or the tool's.")
    words = models.TextField(default="", help_text="What lexical search looks at, word by word.")

    objects = SearchEntryQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "search entries"
        constraints = [
            models.UniqueConstraint(
                fields=["server"],
                condition=models.Q(tool__isnull=True),
                name="one_entry_for_the_server_itself",
            ),
        ]

    def __str__(self) -> str:
        return str(self.tool or self.server)


class ServerIndexing(models.Model):
    """How far search has followed a server. Without this row, or with an old one, it is due."""

    server = models.OneToOneField(Server, on_delete=models.CASCADE, related_name="indexing")
    # The revision, model and form of texts that the entries stand for.
    indexed_revision = models.PositiveBigIntegerField(default=0)
    model_key = models.CharField(max_length=100, blank=True)
    text_format = models.PositiveIntegerField(default=0)
    # What happened to the revision that could not be indexed.
    failed_revision = models.PositiveBigIntegerField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=LONGEST_ERROR, blank=True)

    objects = ServerIndexingQuerySet.as_manager()

    class Meta:
        ordering = ["-failures", "server"]
        verbose_name_plural = "server indexing"

    def __str__(self) -> str:
        return f"{self.server} at revision {self.indexed_revision}"

    def note_failure(self, *, revision: int, error: Exception) -> None:
        """Count one more failure of this revision; the failures of an older one are forgotten."""
        self.failures = self.failures + 1 if self.failed_revision == revision else 1
        self.failed_revision = revision
        self.last_error = f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
        self.save(update_fields=["failures", "failed_revision", "last_error"])


class IndexState(models.Model):
    """The one row: who refreshes and who publishes until when, how far, and what is published."""

    THE_ONE = 1

    lease_token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    publisher_token = models.CharField(max_length=32, blank=True)
    publisher_until = models.DateTimeField(null=True, blank=True)
    # Another one, at random, after every write of entries.
    entries_stamp = models.CharField(max_length=32, blank=True)
    servers_total = models.PositiveIntegerField(default=0, help_text="Due when the run began.")
    servers_done = models.PositiveIntegerField(default=0, help_text="Done in this run.")
    published_version = models.CharField(max_length=100, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    objects = IndexStateQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "index state"
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_row_of_index_state"),
        ]

    def __str__(self) -> str:
        return self.published_version or "no index published"
