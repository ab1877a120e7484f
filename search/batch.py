"""A few servers on their way into search: their texts, and their entries in the database.

Knows nothing of models and vectors; ``services.refreshing`` brings those together with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from search import texts
from search.models import SearchEntry, ServerIndexing
from servers.models import Server, Tool

_SERVER_ITSELF = 0


@dataclass
class Batch:
    """Some servers as they were read, with the texts that make them findable."""

    servers: Sequence[Server]
    # The hash of the text of each server (tool id 0) and of each of its tools.
    wanted: dict[tuple[int, int], str] = field(default_factory=dict)
    text_of: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, servers: Sequence[Server]) -> Self:
        """The tools are read after the servers: a change in between leaves a server due.

        Nothing is wanted of a deleted server.
        """
        batch = cls(servers)
        there = {server.pk: server for server in servers if server.deleted_at is None}
        for server in there.values():
            batch._add(server.pk, _SERVER_ITSELF, texts.server_text(server))
        for tool in Tool.objects.current().filter(server__in=there):
            text = texts.tool_text(tool, server=there[tool.server_id])
            batch._add(tool.server_id, tool.pk, text)
        return batch

    def _add(self, server_id: int, tool_id: int, text: str) -> None:
        text_hash = texts.text_hash(text)
        self.wanted[server_id, tool_id] = text_hash
        self.text_of[text_hash] = text

    def write(self, *, model_key: str) -> None:
        """Make the entries what is wanted and note how far they follow their servers.

        Belongs into a transaction. A server deleted since it was read is left out, and one that
        is still there stays until the transaction ends.
        """
        by_id = {server.pk: server for server in self.servers}
        locked = Server.objects.select_for_update().filter(pk__in=by_id)
        alive = set(locked.values_list("pk", flat=True))
        self._write_entries(alive)
        ServerIndexing.objects.bulk_create(
            [
                ServerIndexing(
                    server_id=pk,
                    indexed_revision=by_id[pk].revision,
                    model_key=model_key,
                    text_format=texts.FORMAT,
                )
                for pk in alive
            ],
            update_conflicts=True,
            unique_fields=["server"],
            update_fields=[
                "indexed_revision",
                "model_key",
                "text_format",
                "failed_revision",
                "failures",
                "last_error",
            ],
        )

    def _write_entries(self, alive: set[int]) -> None:
        """Delete the entries of texts that are gone, create the new ones, leave the others."""
        wanted = {(*row, text_hash) for row, text_hash in self.wanted.items() if row[0] in alive}
        entries = SearchEntry.objects.filter(server__in=alive)
        present = {
            (server_id, tool_id or _SERVER_ITSELF, text_hash): pk
            for pk, server_id, tool_id, text_hash in entries.values_list(
                "pk", "server_id", "tool_id", "text_hash"
            )
        }
        gone = [present[row] for row in present.keys() - wanted]
        SearchEntry.objects.filter(pk__in=gone).delete()
        SearchEntry.objects.bulk_create(
            SearchEntry(server_id=server_id, tool_id=tool_id or None, text_hash=text_hash)
            for server_id, tool_id, text_hash in sorted(wanted - present.keys())
        )
