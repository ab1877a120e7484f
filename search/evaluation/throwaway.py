"""Documents as production would index and rank them, in memory and gone with the process.

Nothing is written, neither to the database nor to a folder. What makes texts, vectors, words and
rankings is production's own; here it is only brought together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from search import index as indexes
from search import texts
from search.corpus import Corpus
from search.embedding import Embedder, FloatArray
from search.embedding.entry_vectors import entry_vectors
from search.evaluation.relevance import Document, ToolText
from search.intents import Wish, wishes_of
from search.lexical import LexicalIndex
from search.matches import Kind
from search.ranking import Found, Part, Scope, fitting, rank
from servers.models import Server, Tool


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """One text of a document: a tool, or a server itself."""

    document: int
    server: int
    # 0 where it is the server itself.
    tool: int
    name: str
    text: texts.Text
    words: str


class ThrowAwayIndex:
    """Some documents, indexed."""

    def __init__(
        self, documents: Sequence[Document], embedder: Embedder, *, of_servers: bool
    ) -> None:
        entries = list(_server_entries(documents) if of_servers else _tool_entries(documents))
        vectors = entry_vectors(embedder, [entry.text for entry in entries])
        self._kinds = [Kind.SERVER if of_servers else Kind.TOOL]
        self._ids = [documents[entry.document].id for entry in entries]
        self._corpus = Corpus(
            ids=np.arange(len(entries), dtype=np.int64),
            servers=np.array([entry.server for entry in entries], dtype=np.int64),
            tools=np.array([entry.tool for entry in entries], dtype=np.int64),
            names=[entry.name for entry in entries],
            vectors=indexes.vector_index_class().build(vectors),
            words=LexicalIndex.build([entry.words for entry in entries]),
        )
        self._scope = Scope(corpus=self._corpus, mask=np.ones(len(entries), dtype=bool))

    def wishes_of(self, query: str) -> list[Wish]:
        return wishes_of(query, [self._corpus.words])

    def found(self, wishes: Sequence[Wish], vectors: Mapping[str, FloatArray]) -> list[Found]:
        """What answers ``wishes``, as production finds it, by the vectors of their texts."""
        parts = [
            Part(words=wish.words, vector=vectors[wish.text], weight=wish.weight) for wish in wishes
        ]
        found = rank(wishes[0].text, parts, [self._scope], self._kinds)
        return fitting(found, entries=len(self._corpus), words=wishes[0].words)

    def id_of(self, found: Found) -> str:
        """The id of the document that was found."""
        return self._ids[found.entry]


def _tool_entries(documents: Sequence[Document]) -> Iterator[_Entry]:
    """One entry a document; tools that name the same server belong together."""
    servers: dict[str, int] = {}
    for number, document in enumerate(documents):
        server = Server(name=document.server, description=document.server_description)
        tool = _tool(document.text)
        yield _Entry(
            document=number,
            server=servers.setdefault(document.server or document.id, len(servers) + 1),
            tool=number + 1,
            name=tool.name,
            text=texts.tool_text(tool, server=server),
            words=texts.tool_words(tool, server=server),
        )


def _server_entries(documents: Sequence[Document]) -> Iterator[_Entry]:
    """One entry a document, and one for each of its tools."""
    tools = 0
    for number, document in enumerate(documents):
        server = Server(name=document.text.name, description=document.text.description)
        yield _Entry(
            document=number,
            server=number + 1,
            tool=0,
            name=server.name,
            text=texts.server_text(server),
            words=texts.server_words(server),
        )
        for tool in map(_tool, document.tools):
            tools += 1
            yield _Entry(
                document=number,
                server=number + 1,
                tool=tools,
                name=tool.name,
                text=texts.tool_text(tool, server=server),
                words=texts.tool_words(tool, server=server),
            )


def _tool(text: ToolText) -> Tool:
    definition = {"name": text.name, "inputSchema": text.input_schema}
    return Tool(name=text.name, title="", description=text.description, definition=definition)
