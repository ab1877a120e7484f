"""What search was asked and what became of it: how a team finds out what it does not find.

Kept for a while (``SEARCH_LOG_DAYS``) and shown to administrators only. How much of it is kept,
``SEARCH_LOG`` says; whoever does not want to be in it, ``SearchPreference``.
"""

import zlib
from collections.abc import Iterable
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import models

from search.feedback_querysets import LoggedSearchQuerySet, ResultUseQuerySet
from servers.models import LONGEST_NAME

LONGEST_LOGGED_QUERY = 500
LONGEST_TOOL_NAME = 255


class Surface(models.TextChoices):
    """Where somebody searched."""

    API = "api", "API"
    PAGE = "page", "page"
    MCP = "mcp", "MCP"
    ADMIN = "admin", "admin"


class LoggedSearch(models.Model):
    """One search and how it was answered."""

    id = models.UUIDField(primary_key=True, help_text="Given out with the answer.")
    at = models.DateTimeField(db_index=True)
    surface = models.CharField(max_length=10, choices=Surface)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    query = models.CharField(
        max_length=LONGEST_LOGGED_QUERY,
        blank=True,
        help_text="In lower case with single spaces; empty where no text is kept.",
    )
    characters = models.PositiveIntegerField(help_text="Of the query as it was asked.")
    words = models.PositiveIntegerField(help_text="The same.")
    kinds = models.CharField(max_length=20, help_text="What was looked for: server, tool.")
    filtered = models.BooleanField(help_text="Whether filters narrowed it.")
    results = models.PositiveIntegerField(help_text="How many were found.")
    offset = models.PositiveIntegerField(help_text="How many of them came before those shown.")
    top_score = models.FloatField(null=True)
    degraded = models.BooleanField()
    duration_ms = models.FloatField()
    # A checksum of each result in its order, to find the rank of what is used later. Names would
    # tell what an anonymous person asked for.
    shown = models.BinaryField()

    objects = LoggedSearchQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]
        verbose_name_plural = "logged searches"

    def __str__(self) -> str:
        return self.query or f"{self.words} words"

    def rank_of(self, server: str, tool: str) -> int | None:
        """The place (from 1) at which it was shown, if it was."""
        shown = np.frombuffer(bytes(self.shown), dtype="<u4")
        places = np.flatnonzero(shown == checksum(self.id, server, tool))
        return self.offset + int(places[0]) + 1 if len(places) else None


class ResultUse(models.Model):
    """Somebody went on with what a search had found; once for a search and a server or tool."""

    class Kind(models.TextChoices):
        """How."""

        CLICK = "click", "opened"
        CALL = "call", "asked for by an agent"

    search = models.ForeignKey(LoggedSearch, on_delete=models.CASCADE, related_name="uses")
    at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind)
    server = models.CharField(max_length=LONGEST_NAME)
    tool = models.CharField(
        max_length=LONGEST_TOOL_NAME, blank=True, help_text="Empty for the server itself."
    )
    rank = models.PositiveIntegerField(
        null=True, help_text="Its place among the results; empty where it was none of them."
    )

    objects = ResultUseQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["search", "server", "tool", "kind"], name="one_use_of_a_result"
            ),
        ]

    def __str__(self) -> str:
        return self.tool or self.server


class SearchPreference(models.Model):
    """What an account wants of search. Without this row it wants what the registry does."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="search_preference"
    )
    log = models.BooleanField(default=True, help_text="Whether its searches are logged.")

    def __str__(self) -> str:
        return f"{self.user}: {'logged' if self.log else 'not logged'}"


def checksum(search_id: UUID, server: str, tool: str) -> int:
    """What stands for a result in ``LoggedSearch.shown``; another one in every search."""
    return zlib.crc32(f"{server}\n{tool}".encode(), search_id.int & 0xFFFFFFFF)


def checksums(search_id: UUID, results: Iterable[tuple[str, str]]) -> bytes:
    """The same of servers and tools, as they are stored."""
    return np.array([checksum(search_id, *each) for each in results], dtype="<u4").tobytes()
