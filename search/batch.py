"""A few servers on their way into search: their texts, and their entries in the database.

Knows nothing of models and vectors; ``services.refreshing`` brings those together with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from django.db.models import prefetch_related_objects

from search import texts
from search.models import SearchEntry, ServerIndexing
from search.texts import Text
from servers.models import Server, Tool


class Wanted(NamedTuple):
    """An entry as it should be. Another value in any place is another entry."""

    server_id: int
    tool_id: int | None
    text_hash: str
    name: str
    words: str

    def place(self) -> tuple[int, int]:
        """A server before its tools."""
        return self.server_id, self.tool_id or 0


@dataclass
class Batch:
    """Some servers as they were read, with the texts that make them findable."""

    servers: Sequence[Server]
    wanted: set[Wanted] = field(default_factory=set)
    text_of: dict[str, Text] = field(default_factory=dict)

    @classmethod
    def read(cls, servers: Sequence[Server]) -> Self:
        """The rest is read after the servers: a change in between leaves a server due.

        Nothing is wanted of a deleted server.
        """
        batch = cls(servers)
        there = {server.pk: server for server in servers if server.deleted_at is None}
        prefetch_related_objects(list(there.values()), "aliases", "tags")
        for server in there.values():
            batch._add_server(server)
        for tool in Tool.objects.current().filter(server__in=there):
            batch._add_tool(tool, there[tool.server_id])
        return batch

    def _add_server(self, server: Server) -> None:
        aliases = _aliases(server)
        tags = [tag.name for tag in server.tags.all()]
        text = texts.server_text(server, aliases=aliases)
        words = texts.server_words(server, aliases=aliases, tags=tags)
        self.wanted.add(Wanted(server.pk, None, self._hash(text), server.name, words))

    def _add_tool(self, tool: Tool, server: Server) -> None:
        text_hash = self._hash(texts.tool_text(tool, server=server))
        words = texts.tool_words(tool, server=server, aliases=_aliases(server))
        self.wanted.add(Wanted(server.pk, tool.pk, text_hash, tool.name, words))

    def _hash(self, text: Text) -> str:
        text_hash = texts.text_hash(text)
        self.text_of[text_hash] = text
        return text_hash

    def write(self, *, model_key: str) -> bool:
        """Make the entries what is wanted and note how far they follow their servers.

        Belongs into a transaction. A server deleted since it was read is left out, and one that
        is still there stays until the transaction ends. Tells whether any entry is another one.
        """
        by_id = {server.pk: server for server in self.servers}
        locked = Server.objects.select_for_update().filter(pk__in=by_id).order_by()
        alive = set(locked.values_list("pk", flat=True))
        differs = self._write_entries(alive)
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
        return differs

    def _write_entries(self, alive: set[int]) -> bool:
        """Delete the entries that are not wanted, create the missing ones, leave the others."""
        wanted = {each for each in self.wanted if each.server_id in alive}
        entries = SearchEntry.objects.filter(server__in=alive).order_by()
        rows = entries.values_list("pk", *Wanted._fields)
        present = {Wanted(*entry): pk for pk, *entry in rows}
        gone = [present[entry] for entry in present.keys() - wanted]
        missing = sorted(wanted - present.keys(), key=Wanted.place)
        SearchEntry.objects.filter(pk__in=gone).delete()
        SearchEntry.objects.bulk_create(SearchEntry(**entry._asdict()) for entry in missing)
        return bool(gone or missing)


def _aliases(server: Server) -> list[str]:
    return [alias.word for alias in server.aliases.all()]
